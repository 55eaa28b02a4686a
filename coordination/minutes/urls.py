"""The record of a session, its minutes and what is shared of it. What begins with m/ or c/ opens by its link."""

from django.urls import URLPattern

app_name = "minutes"
urlpatterns: list[URLPattern] = []
