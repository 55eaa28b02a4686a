"""Django's own admin in our colours; it edits reference data, users and approvals."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class MingaAdminConfig(AdminConfig):
    default_site = "coordination.portal.admin_site.MingaAdminSite"


class MingaAdminSite(AdminSite):
    site_header = _("Minga, administration")
    site_title = _("Minga, administration")
    index_title = _("What needs you")
    enable_nav_sidebar = False
