"""Django's own admin in our colours; it edits reference data, users and approvals."""

from django.contrib.admin.apps import AdminConfig


class MingaAdminConfig(AdminConfig):
    default_site = "coordination.portal.admin_index.MingaAdminSite"
