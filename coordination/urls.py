"""Addresses. Pages live under a language; health, static and the language-free doors do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from coordination.notifications.views import webhooks
from coordination.portal import health, robots

urlpatterns = [
    path("healthz/live", health.live, name="health_live"),
    path("healthz/ready", health.ready, name="health_ready"),
    path("robots.txt", robots.robots, name="robots"),
    path("webhooks/correo/<slug:provider>/", webhooks.webhook, name="mail_webhook"),
    path("webhooks/correo/<slug:provider>/entrada/", webhooks.inbound, name="mail_inbound"),
    *i18n_patterns(
        path("administracion/", admin.site.urls),
        path("cuenta/", include("allauth.urls")),
        path("", include("coordination.organizations.urls")),
        path("", include("coordination.mesas.urls")),
        path("", include("coordination.sessions.urls")),
        path("", include("coordination.attendees.urls")),
        path("", include("coordination.polls.urls")),
        path("", include("coordination.commitments.urls")),
        path("", include("coordination.minutes.urls")),
        path("", include("coordination.notifications.urls")),
        path("", include("coordination.demo.urls")),
        path("", include("coordination.portal.urls")),
    ),
]
