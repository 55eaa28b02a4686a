"""Commitments: the page of one, and the rooms around it."""

from django.urls import include, path

from coordination.commitments import views

ROOMS = (
    "account",
    "alliances",
    "figures",
    "matrix",
    "roadmap",
    "writing",
    "reports",
    "inbox",
    "settling",
    "agenda",
)
app_name = "commitments"
urlpatterns = [
    path("compromisos/<uuid:public_id>/", views.detail, name="detail"),
    *(path("", include(f"coordination.commitments.{room}.urls")) for room in ROOMS),
]
