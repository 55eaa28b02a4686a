"""Invitations, delegations and the register. What begins with i/ opens by its link, without an account."""

from django.urls import path

from coordination.attendees.views import (
    after,
    before,
    by_link,
    calling,
    checkin,
    convocation,
    door_page,
    guests,
    letters,
    passes,
    places,
    register,
    wall,
)

app_name = "attendees"
urlpatterns = [
    path("sesiones/<uuid:public_id>/convocar/", convocation.convene, name="convene"),
    path(
        "sesiones/<uuid:public_id>/convocar/<slug:slug>/convocatoria.pdf",
        letters.preview,
        name="letter_preview",
    ),
    path("sesiones/<uuid:public_id>/delegaciones/", convocation.delegations, name="delegations"),
    path("sesiones/<uuid:public_id>/delegaciones/envio/", calling.sending, name="sending"),
    path("sesiones/<uuid:public_id>/delegaciones/faltan/", calling.missing, name="missing"),
    path("sesiones/<uuid:public_id>/delegaciones/recordar/", calling.remind, name="remind"),
    path("sesiones/<uuid:public_id>/invitados/", guests.guests, name="guests"),
    path("sesiones/<uuid:public_id>/invitados/lista/", guests.addresses_read, name="addresses"),
    path("sesiones/<uuid:public_id>/invitados/importar/", guests.addresses_import, name="import_addresses"),
    path(
        "sesiones/<uuid:public_id>/invitados/plantilla.csv", guests.address_template, name="address_template"
    ),
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
    path(
        "sesiones/<uuid:public_id>/delegaciones/<uuid:invitation>/carta/",
        places.delegation_letter,
        name="delegation_letter",
    ),
    path("sesiones/<uuid:public_id>/lugares/", places.session_places, name="places"),
    path("sesiones/<uuid:public_id>/asistencia/", register.attendance, name="attendance"),
    path("sesiones/<uuid:public_id>/asistencia/marcar/", register.mark, name="mark"),
    path("sesiones/<uuid:public_id>/asistencia/sin-registro/", register.walk_in, name="walk_in"),
    path("sesiones/<uuid:public_id>/asistencia/cerrar/", register.close, name="close"),
    path("sesiones/<uuid:public_id>/asistencia/reabrir/", register.reopen, name="reopen"),
    path("sesiones/<uuid:public_id>/puerta/", door_page.door, name="door"),
    path("sesiones/<uuid:public_id>/puerta/sw.js", door_page.worker, name="door_worker"),
    path("sesiones/<uuid:public_id>/puerta/manifest.json", door_page.manifest, name="door_manifest"),
    path("sesiones/<uuid:public_id>/puerta/lista.json", checkin.door_list, name="door_list"),
    path("sesiones/<uuid:public_id>/puerta/registros.json", checkin.door_sync, name="door_sync"),
    path("sesiones/<uuid:public_id>/pared/", wall.screen, name="wall"),
    path("sesiones/<uuid:public_id>/pared/codigo/", wall.code, name="wall_code"),
    path("aqui/<uuid:public_id>/<str:code>/", wall.here, name="here"),
    path("p/<str:token>/", passes.pass_page, name="pass"),
    path("p/<str:token>/unirse/", passes.pass_join, name="pass_join"),
    path("p/<str:token>/aqui/", passes.pass_check_in, name="pass_check_in"),
    path("i/<str:token>/", by_link.invitation, name="invitation"),
    path("i/<str:token>/delegacion/", by_link.delegation, name="delegation"),
    path("i/<str:token>/listo/", by_link.answered, name="answered"),
    path("i/<str:token>/no-asistira/", by_link.decline, name="decline"),
    path("i/<str:token>/intercambiar/", after.swap, name="swap"),
    path("i/<str:token>/carta/", after.hand_in, name="hand_in"),
    path("i/<str:token>/carta/archivo/", after.letter_file, name="letter_file"),
    path("i/<str:token>/cifras/", after.stated, name="stated"),
    path("i/<str:token>/pasar/", after.pass_on, name="pass_on"),
    path("i/<str:token>/convocatoria.pdf", letters.letter_by_link, name="letter_by_link"),
    path("i/<str:token>/documentos/", before.papers, name="papers"),
    path("i/<str:token>/documentos/entregar/", before.paper_new, name="paper_new"),
    path("i/<str:token>/documentos/<uuid:paper_id>/version/", before.paper_version, name="paper_version"),
    path(
        "i/<str:token>/documentos/texto/<uuid:version_id>/descargar/",
        before.paper_take,
        name="paper_take",
    ),
    path("i/<str:token>/documentos/texto/<uuid:version_id>/", before.paper_file, name="paper_file"),
    path("i/<str:token>/propuestas/", before.proposals, name="proposals"),
    path(
        "i/<str:token>/propuestas/<uuid:proposal_id>/retirar/",
        before.proposal_withdraw,
        name="proposal_withdraw",
    ),
    path("i/<str:token>/calendario.ics", by_link.calendar, name="calendar"),
    path("i/<str:token>/nuevo-enlace/", by_link.renew, name="renew"),
    path("i/<str:token>/visto/", by_link.seen, name="seen"),
    path("mi-organizacion/invitaciones/<uuid:public_id>/", by_link.own_invitation, name="own_invitation"),
    path(
        "mi-organizacion/invitaciones/<uuid:public_id>/delegacion/",
        by_link.own_delegation,
        name="own_delegation",
    ),
    path("mi-organizacion/invitaciones/<uuid:public_id>/listo/", by_link.own_answered, name="own_answered"),
    path(
        "mi-organizacion/invitaciones/<uuid:public_id>/no-asistira/", by_link.own_decline, name="own_decline"
    ),
    path("mi-organizacion/invitaciones/<uuid:public_id>/intercambiar/", after.own_swap, name="own_swap"),
    path("mi-organizacion/invitaciones/<uuid:public_id>/carta/", after.own_hand_in, name="own_hand_in"),
    path(
        "mi-organizacion/invitaciones/<uuid:public_id>/carta/archivo/",
        after.own_letter_file,
        name="own_letter_file",
    ),
    path("mi-organizacion/invitaciones/<uuid:public_id>/cifras/", after.own_stated, name="own_stated"),
    path("mi-organizacion/invitaciones/<uuid:public_id>/pasar/", after.own_pass_on, name="own_pass_on"),
]
