"""Mesas are edited by their secretariat on its own pages; the administrators give the mandates."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from coordination.common.admin import KeptAdmin, ReadOnlyAdmin, ReadOnlyInline
from coordination.mesas import actions
from coordination.mesas.models import LegalBasis, Mesa, Seat, SecretariatMandate
from coordination.organizations.models import Organization, Post


class SeatInline(ReadOnlyInline):
    model = Seat
    fields = ["organization", "role", "voting", "starts_on", "ends_on"]


class LegalBasisInline(ReadOnlyInline):
    model = LegalBasis


@admin.register(Mesa)
class MesaAdmin(ReadOnlyAdmin, TranslationAdmin):
    """Of the closed sessions of a mesa the administrator learns the number and nothing else."""

    list_display = ["name", "kind", "level", "state", "visibility", "provenance", "closed_sessions"]
    list_filter = ["provenance", "state", "kind", "level", "visibility", "province"]
    search_fields = ["name_es", "name_en", "acronym", "code_prefix"]
    inlines = [LegalBasisInline, SeatInline]
    fields = [
        "name", "acronym", "slug", "code_prefix", "kind", "level", "state", "visibility", "province", "canton",
        "parent", "convener", "objectives", "axes", "notice_days", "quorum_organizations", "quorum_sectors",
        "silence_days", "rhythm_days", "delegation_size", "closing_days", "circulating_days",
        "publishing_days", "verifier_of_another_sector", "asking_days", "load_warning",
        "provenance", "closed_sessions",
    ]  # fmt: skip
    readonly_fields = ["provenance", "closed_sessions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mesa]:
        closed = Count("sessions", filter=Q(sessions__is_casa_adentro=True), distinct=True)
        return super().get_queryset(request).annotate(closed=closed)

    @admin.display(description=_("closed sessions"))
    def closed_sessions(self, mesa: Any) -> int:
        return mesa.closed


class PostChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.organization.short_name}: {obj.title}"


class MandateForm(forms.ModelForm):
    """Ticks instead of a search box: they have labels and work without a script."""

    organizations = forms.ModelMultipleChoiceField(
        Organization.objects.active().order_by("plain_name"),
        label=capfirst(_("organizations")),
        widget=forms.CheckboxSelectMultiple,
    )
    posts = PostChoice(
        Post.objects.select_related("organization").order_by("organization__plain_name", "pk"),
        label=capfirst(_("posts that act for them")),
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        ids = {organization.pk for organization in cleaned.get("organizations", [])}
        if any(post.organization_id not in ids for post in cleaned.get("posts", [])):
            self.add_error("posts", _("Each post must belong to one of the organizations."))
        return cleaned


@admin.register(SecretariatMandate)
class MandateAdmin(KeptAdmin):
    """The only source of secretariat rights. It is ended with its last day, never deleted."""

    list_display = ["mesa", "instrument", "starts_on", "ends_on"]
    list_filter = ["ends_on", "mesa"]
    list_select_related = ["mesa"]
    search_fields = ["mesa__plain_name", "instrument", "organizations__plain_name"]
    form = MandateForm

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        actions.record_mandate(mandate=form.instance, by=request.actor, now=timezone.now())
