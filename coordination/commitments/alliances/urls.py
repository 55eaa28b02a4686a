"""Who finances or assists a commitment, a session or a mesa."""

from django.urls import path

from coordination.commitments.alliances import views

urlpatterns = [
    path("compromisos/<uuid:public_id>/apoyos/", views.of_commitment, name="support_commitment"),
    path("sesiones/<uuid:public_id>/apoyos/", views.of_session, name="support_session"),
    path("mesas/<slug:slug>/apoyos/", views.of_mesa, name="support_mesa"),
    path("apoyos/<uuid:public_id>/", views.change, name="support_change"),
    path("apoyos/<uuid:public_id>/retirar/", views.withdraw, name="support_withdraw"),
    path("apoyos/<uuid:public_id>/devolver/", views.restore, name="support_restore"),
]
