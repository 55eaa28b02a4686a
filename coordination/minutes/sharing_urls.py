"""The sharing sheet: inside, by the link of who clears it, and as everybody reads it."""

from django.urls import path

from coordination.minutes.views import clearing, sharing

urlpatterns = [
    path("sesiones/<uuid:public_id>/socializacion/", sharing.sharing, name="sharing"),
    path("sesiones/<uuid:public_id>/socializacion/texto/", sharing.edit, name="sharing_edit"),
    path("sesiones/<uuid:public_id>/socializacion/consultar/", sharing.ask, name="sharing_ask"),
    path("sesiones/<uuid:public_id>/socializacion/publicar/", sharing.publish, name="sharing_publish"),
    path("sesiones/<uuid:public_id>/socializacion/retirar/", sharing.withdraw, name="sharing_withdraw"),
    path(
        "sesiones/<uuid:public_id>/socializacion/respuestas/<uuid:clearance_id>/",
        sharing.clear,
        name="sharing_clear",
    ),
    path("s/<str:token>/", clearing.clearance, name="clearance"),
    path("socializado/<uuid:public_id>/", sharing.shared, name="shared"),
]
