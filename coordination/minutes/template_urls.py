"""The mesa's own Word template of minutes."""

from django.urls import path

from coordination.minutes.views import templates

PLACE = "mesas/<slug:slug>/plantilla-de-actas/"
urlpatterns = [
    path(PLACE, templates.template, name="template"),
    path(f"{PLACE}de-la-casa.docx", templates.house, name="template_house"),
    path(f"{PLACE}ejemplo.docx", templates.example, name="template_example"),
    path(f"{PLACE}retirar/", templates.retire, name="template_retire"),
    path(f"{PLACE}<uuid:template_id>/archivo/", templates.file, name="template_file"),
    path(f"{PLACE}<uuid:template_id>/recuperar/", templates.bring_back, name="template_bring_back"),
]
