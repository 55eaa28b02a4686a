"""Organizations, their people and their requests: what the administrators decide and mend."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm
from import_export.tmp_storages import CacheStorage
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from coordination.common.admin import KeptAdmin, ReadOnlyAdmin
from coordination.common.errors import DomainError
from coordination.organizations import actions
from coordination.organizations.events import OrganizationEvent
from coordination.organizations.models import (
    FormerName,
    JoinRequest,
    Milestone,
    Organization,
    Person,
    Post,
    Tenure,
)
from coordination.organizations.queries import current_holders
from coordination.organizations.resources import OrganizationResource


class FormerNameInline(admin.StackedInline):
    model = FormerName
    extra = 0


class MilestoneInline(admin.StackedInline):
    model = Milestone
    extra = 0


class PostInline(TranslationStackedInline):
    """A post is changed, not deleted: invitations and commitments follow it. Who holds it is on its own page."""

    model = Post
    extra = 0
    can_delete = False
    show_change_link = True


class TenureInline(admin.StackedInline):
    model = Tenure
    extra = 0
    can_delete = False
    raw_id_fields = ["person", "post"]


class TenureRecorder(admin.ModelAdmin):
    """Tenures written here leave the same trail as those written by the actions."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is not Tenure:
            return
        now = timezone.now()
        for tenure in formset.new_objects:
            actions.record_tenure(OrganizationEvent.TENURE_STARTED, tenure, by=request.actor, now=now)
        for tenure, fields in formset.changed_objects:
            if "ends_on" in fields and tenure.ends_on:
                actions.record_tenure(OrganizationEvent.TENURE_ENDED, tenure, by=request.actor, now=now)


@admin.register(Organization)
class OrganizationAdmin(ImportExportMixin, KeptAdmin, TranslationAdmin):
    resource_classes = [OrganizationResource]
    import_formats = export_formats = [CSV, XLSX]
    export_form_class = ExportForm
    tmp_storage_class = CacheStorage  # any of several web processes finds the file again
    from_encoding = to_encoding = "utf-8-sig"  # spreadsheets read the accents of a CSV only with this mark
    list_display = ["name", "acronym", "sector_type", "level", "province", "state"]
    list_filter = ["state", "sector_type__sector", "sector_type", "level", "province"]
    list_select_related = ["sector_type", "province"]
    search_fields = ["plain_name", "former_names__plain_name", "slug"]
    prepopulated_fields = {"slug": ["name_es"]}
    readonly_fields = ["people_now", "version", "created_at"]
    inlines = [FormerNameInline, MilestoneInline, PostInline]
    actions = ["make_active", "make_inactive"]
    fieldsets = [
        (None, {"fields": ["name", "acronym", "slug", "state", "website"]}),
        (
            _("Where it belongs"),
            {"fields": ["sector_type", "sector_override", "level", "province", "canton", "parent"]},
        ),
        (_("Its people today"), {"fields": ["people_now"]}),
        (_("What it says of itself"), {"fields": ["mission", "mandate"]}),
        (_("On record"), {"fields": ["note", "sources", "version", "created_at"]}),
    ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Accent-blind, former names included, as on the public list."""
        if not search_term.strip():
            return queryset, False
        found = Organization.objects.named_like(search_term.strip())
        return queryset.filter(pk__in=found.values("pk")), False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Plain lists in the order of the alphabet: they have a label and work without a script."""
        if db_field.name == "parent":
            kwargs["queryset"] = Organization.objects.order_by("plain_name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        obj.version += 1 if change else 0
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            actions.record_edit(obj, form.changed_data, by=request.actor, now=timezone.now())

    @admin.display(description=_("who holds its posts"))
    def people_now(self, organization: Organization) -> str | SafeString:
        if organization.pk is None:
            return "–"
        rows = current_holders(organization, timezone.localdate())
        lines = format_html_join(
            "",
            "<li>{}, {}. {}</li>",
            ((tenure.person.name, tenure.post.title, tenure.person.email) for tenure in rows),
        )
        return format_html("<ul>{}</ul>", lines) if lines else _("Nobody: no letter of a mesa can reach it.")

    @admin.action(description=_("Make active"))
    def make_active(self, request: HttpRequest, organizations: Any) -> None:
        self._set_state(request, organizations, Organization.State.ACTIVE)

    @admin.action(description=_("Make inactive"))
    def make_inactive(self, request: HttpRequest, organizations: Any) -> None:
        self._set_state(request, organizations, Organization.State.INACTIVE)

    def _set_state(self, request: HttpRequest, organizations: Any, state: str) -> None:
        changed = list(organizations.exclude(state=state))
        Organization.objects.filter(pk__in=[each.pk for each in changed]).update(
            state=state, version=models.F("version") + 1
        )
        for each in changed:
            actions.record_edit(each, ["state"], by=request.actor, now=timezone.now())
        text = ngettext("%(count)s organization changed.", "%(count)s organizations changed.", len(changed))
        self.message_user(request, text % {"count": len(changed)})


@admin.register(Post)
class PostAdmin(TenureRecorder, KeptAdmin, TranslationAdmin):
    list_display = ["title", "kind", "organization"]
    list_filter = ["kind"]
    list_select_related = ["organization"]
    search_fields = ["title_es", "title_en", "organization__plain_name"]
    raw_id_fields = ["organization"]
    inlines = [TenureInline]


class BouncingFilter(admin.SimpleListFilter):
    """Two refusals in a row mark an address (design: reminders 8)."""

    title = _("mail")
    parameter_name = "mail"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("back", _("comes back"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(bounces__gte=2) if self.value() == "back" else queryset


@admin.register(Person)
class PersonAdmin(TenureRecorder, KeptAdmin):
    list_display = ["name", "email", "phone", "language", "bounces", "is_fictitious"]
    list_filter = ["language", "is_fictitious", BouncingFilter]
    search_fields = ["name", "email"]
    raw_id_fields = ["user"]
    inlines = [TenureInline]

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        """With another address the links to preferences that lie in the old mailbox die; its refusals no longer count."""
        if change and "email" in form.changed_data:
            obj.link_generation += 1
            obj.bounces = 0
        super().save_model(request, obj, form, change)


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    """Read, then approved or declined by two buttons that call the actions."""

    change_form_template = "admin/organizations/joinrequest/change_form.html"
    list_display = ["name", "sector_type", "contact_name", "state", "created_at"]
    list_filter = ["state", "level", "sector_type__sector"]
    list_select_related = ["sector_type"]
    search_fields = ["name", "acronym", "contact_name", "contact_email"]
    ordering = ["-created_at"]
    fieldsets = [
        (
            None,
            {"fields": ["state", "name", "acronym", "sector_type", "level", "province", "website", "reason"]},
        ),
        (
            _("Who writes"),
            {"fields": ["contact_name", "contact_post", "contact_email", "contact_phone", "language"]},
        ),
        (_("Decision"), {"fields": ["decided_at", "decision_note", "organization", "created_at"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide))
        return [
            path("<int:pk>/decidir/", decide, name="organizations_joinrequest_decide"),
            *super().get_urls(),
        ]

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve or decline, by the button that was pressed. A refusal comes back to the request."""
        asked = get_object_or_404(JoinRequest, pk=pk)
        note = request.POST.get("note", "")
        by, now = request.actor, timezone.now()
        try:
            if "approve" in request.POST:
                made = actions.approve_join(request_id=asked.pk, note=note, by=by, now=now)
                text = gettext("%(name)s is active. The answer goes out to who asked.") % {"name": made.name}
            else:
                actions.decline_join(request_id=asked.pk, note=note, by=by, now=now)
                text = gettext("Declined. The answer, with your note, goes out to who asked.")
        except DomainError as error:
            self.message_user(request, str(error.message), level=messages.ERROR)
            return redirect("admin:organizations_joinrequest_change", pk)
        self.log_change(request, asked, text)
        self.message_user(request, text, level=messages.SUCCESS)
        return redirect("admin:organizations_joinrequest_changelist")
