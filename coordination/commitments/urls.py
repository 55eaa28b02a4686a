"""Commitments: matrix, pages, links."""

from django.urls import include, path

from coordination.commitments.views import (
    agreeing,
    inbox,
    keep,
    keys,
    matrix,
    pieces,
    reporting,
    roadmap,
)

app_name = "commitments"
urlpatterns = [
    path("", include("coordination.commitments.account_urls")),
    path("", include("coordination.commitments.measuring_urls")),
    path("", include("coordination.commitments.matrix_urls")),
    path("compromisos/", matrix.matrix, name="list"),
    path("compromisos/exportar/", matrix.export, name="export"),
    path("compromisos/hoja-de-ruta/", roadmap.roadmap, name="roadmap"),
    path("compromisos/hoja-de-ruta/archivo/<slug:kind>/", roadmap.roadmap_file, name="roadmap_file"),
    path("mesas/<slug:slug>/hitos/nuevo/", roadmap.milestone_add, name="milestone_add"),
    path("hitos/<uuid:public_id>/", roadmap.milestone, name="milestone"),
    path("hitos/<uuid:public_id>/quitar/", roadmap.milestone_remove, name="milestone_remove"),
    path("resultados/<uuid:public_id>/compromiso/", keep.propose, name="propose"),
    path("compromisos/<uuid:public_id>/", keep.detail, name="detail"),
    path("compromisos/<uuid:public_id>/editar/", keep.edit, name="edit"),
    path("compromisos/<uuid:public_id>/acordar/", agreeing.agree, name="agree"),
    path(
        "compromisos/<uuid:public_id>/acordar-incompleto/", agreeing.agree_incomplete, name="agree_incomplete"
    ),
    path("compromisos/<uuid:public_id>/dia-laborable/", agreeing.working_day, name="working_day"),
    path("compromisos/semaforo/", agreeing.light_rules, name="light_rules"),
    path("compromisos/<uuid:public_id>/informar/", reporting.report_signed_in, name="report_signed_in"),
    path("compromisos/<uuid:public_id>/verificar/", keys.verify_signed_in, name="verify_signed_in"),
    path(
        "compromisos/<uuid:public_id>/informar/<uuid:report_id>/",
        reporting.report_done_signed_in,
        name="report_done_signed_in",
    ),
    path("compromisos/<uuid:public_id>/evidencia/", pieces.evidence_add, name="evidence_add"),
    path("evidencia/<uuid:evidence_id>/", pieces.evidence_file, name="evidence_file"),
    path("evidencia/<uuid:evidence_id>/corregir/", pieces.evidence_mend, name="evidence_mend"),
    path("evidencia/<uuid:evidence_id>/no-abre/", pieces.evidence_gone, name="evidence_gone"),
    path("e/<str:token>/", pieces.evidence_add_by_link, name="evidence_add_by_link"),
    path("e/<str:token>/<uuid:evidence_id>/", pieces.evidence_file_by_link, name="evidence_file_by_link"),
    path(
        "e/<str:token>/<uuid:evidence_id>/corregir/",
        pieces.evidence_mend_by_link,
        name="evidence_mend_by_link",
    ),
    path(
        "e/<str:token>/<uuid:evidence_id>/no-abre/",
        pieces.evidence_gone_by_link,
        name="evidence_gone_by_link",
    ),
    path("c/<str:token>/", reporting.report, name="report"),
    path("c/<str:token>/<uuid:report_id>/", reporting.report_done, name="report_done"),
    path("c/<str:token>/nuevo-enlace/", reporting.renew_report, name="renew_report"),
    path("v/<str:token>/", keys.verify, name="verify"),
    path("v/<str:token>/nuevo-enlace/", keys.renew_verify, name="renew_verify"),
    path("mi-organizacion/compromisos/", inbox.own, name="inbox"),
    path("compromisos/<uuid:public_id>/recibo/<slug:slug>/", inbox.receive, name="receive"),
    path("c/<str:token>/recibo/", inbox.receive_by_link, name="receive_by_link"),
    path("organizaciones/<slug:slug>/carga/", inbox.organization_load, name="load"),
    path("mesas/<slug:slug>/carga/", inbox.mesa_load, name="mesa_load"),
    path("mesas/<slug:slug>/recibos/", inbox.receipts, name="receipts"),
    path("", include("coordination.commitments.settling_urls")),
    path("", include("coordination.commitments.agenda_urls")),
]
