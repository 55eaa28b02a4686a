"""Sessions are shown, not written. Those casa adentro are absent."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from coordination.common.admin import ReadOnlyAdmin, ReadOnlyInline
from coordination.sessions.models import AgendaItem, FollowUpTask, Outcome, Session


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
