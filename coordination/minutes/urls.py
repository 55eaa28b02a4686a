"""The record of a session, its minutes and what is shared of it. What begins with m/ or s/ opens by its link."""

from django.urls import path

from coordination.minutes.circulation_urls import urlpatterns as going_round
from coordination.minutes.record_urls import urlpatterns as on_the_day
from coordination.minutes.sharing_urls import urlpatterns as to_share
from coordination.minutes.template_urls import urlpatterns as templates
from coordination.minutes.views import drafting, publishing, reading

app_name = "minutes"
urlpatterns = [
    *on_the_day,
    *to_share,
    *going_round,
    *templates,
    path("actas/", reading.listing, name="list"),
    path("sesiones/<uuid:public_id>/acta/", reading.minutes, name="minutes"),
    path("sesiones/<uuid:public_id>/acta/redactar/", drafting.create, name="create"),
    path("sesiones/<uuid:public_id>/acta/completar/", drafting.take_up, name="take_up"),
    path("sesiones/<uuid:public_id>/acta/publicar/", publishing.publish, name="publish"),
    path("sesiones/<uuid:public_id>/acta/corregir/", publishing.correct, name="correct"),
    path("sesiones/<uuid:public_id>/acta/version/<int:number>/", reading.version, name="version"),
    path(
        "sesiones/<uuid:public_id>/acta/version/<int:number>/cambios/",
        reading.differences,
        name="differences",
    ),
    path(
        "sesiones/<uuid:public_id>/acta/version/<int:number>/<slug:which>.<slug:kind>",
        reading.file,
        name="file",
    ),
    path("sesiones/<uuid:public_id>/acta/secciones/nueva/", drafting.section_new, name="section_new"),
    path(
        "sesiones/<uuid:public_id>/acta/secciones/deshacer/", drafting.section_restore, name="section_restore"
    ),
    path(
        "sesiones/<uuid:public_id>/acta/secciones/<uuid:section_id>/", drafting.section_edit, name="section"
    ),
    path(
        "sesiones/<uuid:public_id>/acta/secciones/<uuid:section_id>/mover/",
        drafting.section_move,
        name="section_move",
    ),
    path(
        "sesiones/<uuid:public_id>/acta/secciones/<uuid:section_id>/quitar/",
        drafting.section_remove,
        name="section_remove",
    ),
    path(
        "sesiones/<uuid:public_id>/acta/secciones/<uuid:section_id>/rearmar/",
        drafting.section_anew,
        name="section_anew",
    ),
]
