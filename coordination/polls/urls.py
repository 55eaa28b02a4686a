"""Polls for a date. What begins with f/ opens by its link, without an account."""

from django.urls import path

from coordination.polls.views import by_link, staff

app_name = "polls"
urlpatterns = [
    path("mesas/<slug:slug>/fechas/", staff.poll_list, name="list"),
    path("mesas/<slug:slug>/fechas/nueva/", staff.create, name="create"),
    path("fechas/<uuid:public_id>/", staff.poll, name="poll"),
    path("fechas/<uuid:public_id>/recordar/", staff.remind, name="remind"),
    path("fechas/<uuid:public_id>/retirar/", staff.withdraw, name="withdraw"),
    path("fechas/<uuid:public_id>/elegir/", staff.decide, name="decide"),
    path("f/<str:token>/", by_link.answer, name="answer"),
    path("f/<str:token>/visto/", by_link.seen, name="seen"),
    path("f/<str:token>/nuevo-enlace/", by_link.renew, name="renew"),
]
