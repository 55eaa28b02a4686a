"""Commitments are shown, not written. Those of a closed session are absent."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from coordination.commitments.models import Commitment, Extension, Indicator, Report, Verification
from coordination.common.admin import ReadOnlyAdmin, ReadOnlyInline


class IndicatorInline(ReadOnlyInline):
    model = Indicator


class ReportInline(ReadOnlyInline):
    model = Report
    fields = ["organization", "text", "progress", "value", "asks_verification", "reported_at"]


class VerificationInline(ReadOnlyInline):
    model = Verification
    fields = ["organization", "decision", "text", "verified_at"]


class ExtensionInline(ReadOnlyInline):
    model = Extension


@admin.register(Commitment)
class CommitmentAdmin(ReadOnlyAdmin, TranslationAdmin):
    list_display = ["code", "statement", "responsible", "state", "due_on", "progress", "provenance"]
    list_display_links = ["code", "statement"]
    list_filter = ["provenance", "state", "mesa", "axis"]
    list_select_related = ["mesa", "responsible"]
    search_fields = ["plain_statement", "responsible__plain_name", "mesa__plain_name"]
    ordering = ["mesa", "number"]
    inlines = [IndicatorInline, ReportInline, VerificationInline, ExtensionInline]
    fields = [
        "mesa", "session", "number", "statement", "deliverable", "axis", "gcm_objectives", "sdgs", "responsible",
        "co_responsible", "verifier", "due_on", "original_due_on", "means_of_verification", "resources", "state",
        "progress", "agreed_at", "settled_at", "provenance",
    ]  # fmt: skip
    readonly_fields = ["original_due_on", "agreed_at", "settled_at", "provenance"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commitment]:
        shown = super().get_queryset(request)
        return shown.filter(Q(session=None) | Q(session__is_casa_adentro=False), is_casa_adentro=False)
