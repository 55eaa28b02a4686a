"""Reports and what shows that they are true, by account or by link."""

from django.urls import path

from coordination.commitments.reports.views import evidence, reports

urlpatterns = [
    path("compromisos/<uuid:public_id>/informar/", reports.report_signed_in, name="report_signed_in"),
    path(
        "compromisos/<uuid:public_id>/informar/<uuid:report_id>/",
        reports.report_done_signed_in,
        name="report_done_signed_in",
    ),
    path("c/<str:token>/", reports.report, name="report"),
    path("c/<str:token>/<uuid:report_id>/", reports.report_done, name="report_done"),
    path("c/<str:token>/nuevo-enlace/", reports.renew_report, name="renew_report"),
    path("compromisos/<uuid:public_id>/evidencia/", evidence.evidence_add, name="evidence_add"),
    path("evidencia/<uuid:evidence_id>/", evidence.evidence_file, name="evidence_file"),
    path("evidencia/<uuid:evidence_id>/corregir/", evidence.evidence_mend, name="evidence_mend"),
    path("evidencia/<uuid:evidence_id>/no-abre/", evidence.evidence_gone, name="evidence_gone"),
    path("e/<str:token>/", evidence.evidence_add_by_link, name="evidence_add_by_link"),
    path("e/<str:token>/<uuid:evidence_id>/", evidence.evidence_file_by_link, name="evidence_file_by_link"),
    path(
        "e/<str:token>/<uuid:evidence_id>/corregir/",
        evidence.evidence_mend_by_link,
        name="evidence_mend_by_link",
    ),
    path(
        "e/<str:token>/<uuid:evidence_id>/no-abre/",
        evidence.evidence_gone_by_link,
        name="evidence_gone_by_link",
    ),
]
