"""Sessions are shown, not written. Those casa adentro are absent."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from coordination.common.admin import KeptAdmin, ReadOnlyAdmin, ReadOnlyInline
from coordination.sessions.forms import ClosureForm, ClosureFormSet
from coordination.sessions.models import AgendaItem, FollowUpTask, Outcome, Session
from coordination.sessions.rooms import Reservation, Room


class AgendaInline(ReadOnlyInline):
    model = AgendaItem
    fields = ["order", "kind", "title", "minutes", "presenter"]


class OutcomeInline(ReadOnlyInline):
    model = Outcome
    fields = ["item", "kind", "text", "recorded_at"]


class TaskInline(ReadOnlyInline):
    model = FollowUpTask


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin, TranslationAdmin):
    list_display = ["mesa", "number", "kind", "state", "starts_at", "modality", "provenance"]
    list_display_links = ["mesa", "number"]
    list_filter = ["provenance", "state", "kind", "modality", "mesa"]
    list_select_related = ["mesa"]
    search_fields = ["mesa__plain_name", "plain_topic", "venue"]
    ordering = ["-starts_at", "-id"]
    inlines = [AgendaInline, OutcomeInline, TaskInline]
    fields = [
        "mesa", "number", "kind", "topic", "state", "time_zone", "starts_at", "ends_at", "modality", "venue", "address",
        "canton", "capacity", "registration_closes_at", "cancel_reason", "present_organizations", "present_sectors",
        "present_people", "quorum_met", "closed_at", "provenance",
    ]  # fmt: skip
    readonly_fields = [
        "present_organizations", "present_sectors", "present_people", "quorum_met", "closed_at", "provenance",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).filter(is_casa_adentro=False)


class ClosureInline(admin.TabularInline):
    """When a room is closed for maintenance. What sessions hold is absent: some of them nobody may know of."""

    model = Reservation
    form = ClosureForm
    formset = ClosureFormSet
    fields = ["starts_at", "ends_at", "reason"]
    extra = 1
    verbose_name = _("closure for maintenance")
    verbose_name_plural = _("closures for maintenance")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        return super().get_queryset(request).filter(block=None).order_by("-starts_at")


@admin.register(Room)
class RoomAdmin(KeptAdmin):
    list_display = ["name", "organization", "canton", "capacity", "is_online_account", "is_active"]
    list_filter = ["is_online_account", "is_active", "canton"]
    list_select_related = ["organization", "canton"]
    search_fields = ["name", "organization__plain_name"]
    autocomplete_fields = ["organization", "canton"]
    ordering = ["name", "id"]
    inlines = [ClosureInline]
