"""Routes of messages: what was written to whom, and how each person wants it."""

from django.urls import URLPattern

app_name = "notifications"

urlpatterns: list[URLPattern] = []
