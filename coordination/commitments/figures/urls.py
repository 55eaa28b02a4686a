"""Indicators, figures, and the spreadsheet of figures; included by ``urls``."""

from django.urls import path

from coordination.commitments.figures.views import files as measuring_files
from coordination.commitments.figures.views import indicators as indicating
from coordination.commitments.figures.views import measurements as measuring

urlpatterns = [
    path("compromisos/<uuid:public_id>/indicadores/nuevo/", indicating.indicator_add, name="indicator_add"),
    path("indicadores/<uuid:public_id>/", measuring.indicator, name="indicator"),
    path("indicadores/<uuid:public_id>/editar/", indicating.indicator_edit, name="indicator_edit"),
    path("indicadores/<uuid:public_id>/quitar/", indicating.indicator_remove, name="indicator_remove"),
    path("indicadores/<uuid:public_id>/medir/", measuring.measure, name="measure"),
    path("mediciones/<uuid:public_id>/retirar/", measuring.measurement_withdraw, name="measurement_withdraw"),
    path(
        "compromisos/<uuid:public_id>/mediciones/descargar/<slug:kind>/",
        measuring_files.measures_file,
        name="measures_file",
    ),
    path(
        "compromisos/<uuid:public_id>/mediciones/planilla/",
        measuring_files.measures_sheet,
        name="measures_sheet",
    ),
    path(
        "compromisos/<uuid:public_id>/mediciones/importar/",
        measuring_files.measures_import,
        name="measures_import",
    ),
    path(
        "compromisos/<uuid:public_id>/mediciones/importar/<uuid:sheet>/",
        measuring_files.measures_import_sheet,
        name="measures_import_sheet",
    ),
    path("c/<str:token>/mediciones/", measuring.measures_by_link, name="measures_by_link"),
    path(
        "c/<str:token>/mediciones/<uuid:public_id>/nueva/", measuring.measure_by_link, name="measure_by_link"
    ),
    path(
        "c/<str:token>/mediciones/planilla/",
        measuring_files.measures_sheet_by_link,
        name="measures_sheet_by_link",
    ),
    path(
        "c/<str:token>/mediciones/importar/",
        measuring_files.measures_import_by_link,
        name="measures_import_by_link",
    ),
    path(
        "c/<str:token>/mediciones/importar/<uuid:sheet>/",
        measuring_files.measures_import_sheet_by_link,
        name="measures_import_sheet_by_link",
    ),
]
