from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "coordination.sessions"
    label = "mesa_sessions"  # Django's own session app has taken the other name
    verbose_name = _("Sessions")
