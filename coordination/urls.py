"""Addresses. Pages live under a language; health, static and the language-free doors do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    *i18n_patterns(
        path("administracion/", admin.site.urls),
        path("cuenta/", include("allauth.urls")),
    ),
]
