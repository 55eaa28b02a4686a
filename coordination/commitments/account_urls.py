"""The follow-up report and its rows, and alliances."""

from django.urls import path

from coordination.commitments.views import account, supporting

urlpatterns = [
    path("compromisos/informe/", account.account, name="account"),
    path("compromisos/informe/filas/", account.rows, name="account_rows"),
    path("compromisos/informe/<slug:kind>/", account.file, name="account_file"),
    path("compromisos/apoyos/", account.supports, name="account_supports"),
    path("compromisos/<uuid:public_id>/apoyos/", supporting.of_commitment, name="support_commitment"),
    path("sesiones/<uuid:public_id>/apoyos/", supporting.of_session, name="support_session"),
    path("mesas/<slug:slug>/apoyos/", supporting.of_mesa, name="support_mesa"),
    path("apoyos/<uuid:public_id>/", supporting.change, name="support_change"),
    path("apoyos/<uuid:public_id>/retirar/", supporting.withdraw, name="support_withdraw"),
    path("apoyos/<uuid:public_id>/devolver/", supporting.restore, name="support_restore"),
]
