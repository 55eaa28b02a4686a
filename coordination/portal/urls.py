"""Pages that weave several rooms."""

from django.urls import path

from coordination.portal import calendar, my_organization, planner, system, verification, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("mi-trabajo/", views.my_work, name="my_work"),
    path("mi-organizacion/", my_organization.my_organization, name="my_organization"),
    path("mi-organizacion/relevo/", my_organization.handover, name="handover"),
    path(
        "mesas/<slug:slug>/organizaciones/<slug:organization>/",
        my_organization.ranks,
        name="ranks",
    ),
    path("buscar/", views.search, name="search"),
    path("calendario/", calendar.calendar, name="calendar"),
    path("planificador/", planner.planner, name="planner"),
    path("planificador/sesiones.json", planner.planner_events, name="planner_events"),
    path("verificar/", verification.check, name="verify_form"),
    path("verificar/<str:code>/", verification.verify, name="verify"),
    path("verificar/<str:code>/constancia.pdf", verification.certificate, name="certificate"),
    path("mesas/<slug:slug>/", views.mesa, name="mesa"),
    path("sesiones/<uuid:public_id>/", views.session, name="session"),
    path("organizaciones/<slug:slug>/", views.organization, name="organization"),
    path("estado-del-sistema/", system.system, name="system"),
    path("estilo/", views.style, name="style"),
    path("accesibilidad/", views.accessibility, name="accessibility"),
    path("proteccion-de-datos/", views.privacy, name="privacy"),
]
