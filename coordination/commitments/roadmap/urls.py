"""The road map and its milestones."""

from django.urls import path

from coordination.commitments.roadmap import views

urlpatterns = [
    path("compromisos/hoja-de-ruta/", views.roadmap, name="roadmap"),
    path("compromisos/hoja-de-ruta/archivo/<slug:kind>/", views.roadmap_file, name="roadmap_file"),
    path("mesas/<slug:slug>/hitos/nuevo/", views.milestone_add, name="milestone_add"),
    path("hitos/<uuid:public_id>/", views.milestone, name="milestone"),
    path("hitos/<uuid:public_id>/quitar/", views.milestone_remove, name="milestone_remove"),
]
