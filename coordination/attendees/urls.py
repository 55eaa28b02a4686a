"""Invitations, delegations and the register. What begins with i/ opens by its link, without an account."""

from django.urls import path

from coordination.attendees.views import by_link, convocation, letters, register

app_name = "attendees"
urlpatterns = [
    path("sesiones/<uuid:public_id>/convocar/", convocation.convene, name="convene"),
    path(
        "sesiones/<uuid:public_id>/convocar/<slug:slug>/convocatoria.pdf",
        letters.preview,
        name="letter_preview",
    ),
    path("sesiones/<uuid:public_id>/delegaciones/", convocation.delegations, name="delegations"),
    path(
        "sesiones/<uuid:public_id>/delegaciones/<uuid:invitation>/reenviar/",
        convocation.resend,
        name="resend",
    ),
    path(
        "sesiones/<uuid:public_id>/delegaciones/<uuid:invitation>/anular/", convocation.revoke, name="revoke"
    ),
    path(
        "sesiones/<uuid:public_id>/delegaciones/<uuid:invitation>/convocatoria.pdf",
        letters.letter,
        name="letter",
    ),
    path("sesiones/<uuid:public_id>/asistencia/", register.attendance, name="attendance"),
    path("sesiones/<uuid:public_id>/asistencia/marcar/", register.mark, name="mark"),
    path("sesiones/<uuid:public_id>/asistencia/sin-registro/", register.walk_in, name="walk_in"),
    path("sesiones/<uuid:public_id>/asistencia/cerrar/", register.close, name="close"),
    path("i/<str:token>/", by_link.invitation, name="invitation"),
    path("i/<str:token>/delegacion/", by_link.delegation, name="delegation"),
    path("i/<str:token>/listo/", by_link.answered, name="answered"),
    path("i/<str:token>/no-asistira/", by_link.decline, name="decline"),
    path("i/<str:token>/convocatoria.pdf", letters.letter_by_link, name="letter_by_link"),
    path("i/<str:token>/calendario.ics", by_link.calendar, name="calendar"),
    path("i/<str:token>/nuevo-enlace/", by_link.renew, name="renew"),
    path("i/<str:token>/visto/", by_link.seen, name="seen"),
]
