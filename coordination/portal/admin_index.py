"""The administration's own site: who comes in, and the page that says what needs a decision."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from coordination.organizations.models import JoinRequest, Organization, Person

SHOWN = 10  # so many requests by name; the list has them all


class MingaAdminSite(AdminSite):
    site_header = _("Minga, administration")
    site_title = _("Minga, administration")
    index_title = _("What needs you")
    index_template = "admin/minga_index.html"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who are administrators: per-model rights wait until somebody needs them."""
        return super().has_permission(request) and bool(getattr(request.user, "is_superuser", False))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one door, with its codes, second factor and limits; the admin's own is never shown."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), "account_login")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        waiting = JoinRequest.objects.filter(state=JoinRequest.State.WAITING).order_by("created_at")
        needs = {
            "waiting": waiting[:SHOWN],
            "waiting_count": waiting.count(),
            "proposed_count": Organization.objects.filter(state=Organization.State.PROPOSED).count(),
            "bouncing_count": Person.objects.filter(bounces__gte=2).count(),
        }
        return super().index(request, {**needs, **(extra_context or {})})
