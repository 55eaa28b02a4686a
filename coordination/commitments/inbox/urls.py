"""The inbox of an organization, and how much it carries."""

from django.urls import path

from coordination.commitments.inbox import views

urlpatterns = [
    path("mi-organizacion/compromisos/", views.own, name="inbox"),
    path("compromisos/<uuid:public_id>/recibo/<slug:slug>/", views.receive, name="receive"),
    path("c/<str:token>/recibo/", views.receive_by_link, name="receive_by_link"),
    path("organizaciones/<slug:slug>/carga/", views.organization_load, name="load"),
    path("mesas/<slug:slug>/carga/", views.mesa_load, name="mesa_load"),
    path("mesas/<slug:slug>/recibos/", views.receipts, name="receipts"),
]
