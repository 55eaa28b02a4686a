from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendeesConfig(AppConfig):
    name = "coordination.attendees"
    verbose_name = _("Invitations and attendance")
