from django.urls import path

from coordination.mesas import delegation_views, views

app_name = "mesas"
urlpatterns = [
    path("mesas/", views.mesa_list, name="list"),
    path("mesas/nueva/", views.create, name="create"),
    path("mesas/<slug:slug>/editar/", views.edit, name="edit"),
    path("mesas/<slug:slug>/puestos/", views.seats, name="seats"),
    path("mesas/<slug:slug>/puestos/<int:pk>/terminar/", views.seat_end, name="seat_end"),
    path("mesas/<slug:slug>/puestos/<int:pk>/delegados/", delegation_views.standing, name="standing"),
    path(
        "mesas/<slug:slug>/puestos/<int:pk>/delegados/carta/",
        delegation_views.standing_letter,
        name="standing_letter",
    ),
    path("mesas/<slug:slug>/delegaciones/", delegation_views.rules, name="delegation_rules"),
]
