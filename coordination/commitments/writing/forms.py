"""Fields, messages and choices. Forms clean; actions write."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.commitments.agreeing import DueDatePassed, fixed
from coordination.commitments.figures.rules import indicator_problems
from coordination.commitments.gate import (
    CONCRETE,
    GATE_GROUPS,
    MEASURABLE,
    MEASURED,
    VERIFIABLE,
    gate,
    kin,
)
from coordination.commitments.models import Commitment
from coordination.commitments.row import OwnKey
from coordination.commitments.writing.actions.proposing import IndicatorData
from coordination.common.forms import DateInput, MingaBoundField, plainly
from coordination.mesas.models import Mesa, Seat
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post
from coordination.taxonomies.models import GcmObjective, Sdg, ThematicAxis


class GateBoundField(MingaBoundField):
    """What the gate asks for may wait, but is not optional: the mark would say the opposite of the gate."""

    @property
    def is_optional(self) -> bool:
        asked = {name for _code, names in CommitmentForm.GROUPS for name in names} - {"co_responsible"}
        return self.name not in asked and super().is_optional


class CommitmentForm(forms.ModelForm):
    """Everything but the statement may wait: the gate says what is missing when somebody wants to agree."""

    bound_field_class = GateBoundField
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    indicator_name = forms.CharField(
        label=_("Indicator: what is measured"),
        max_length=200,
        required=False,
        help_text=_("For example: places in service."),
    )
    indicator_unit = forms.CharField(
        label=_("Unit"), max_length=60, required=False, help_text=_("For example: places, people, guides.")
    )
    indicator_baseline = forms.DecimalField(
        label=_("Baseline"),
        max_digits=16,
        decimal_places=2,
        required=False,
        help_text=_("How much there is today."),
    )
    indicator_baseline_is_unknown = forms.BooleanField(label=_("The baseline is not known"), required=False)
    indicator_target = forms.DecimalField(
        label=_("Target"),
        max_digits=16,
        decimal_places=2,
        required=False,
        help_text=_("How much there will be on the due date."),
    )
    indicator_keeps_level = forms.BooleanField(
        label=_("What there is must be kept"),
        required=False,
        help_text=_("Tick it when the target is today's figure on purpose."),
    )
    co_responsible: "forms.ModelMultipleChoiceField[Organization]" = forms.ModelMultipleChoiceField(
        label=_("Co-responsible organizations"),
        queryset=Organization.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("They help. One organization alone answers."),
    )
    gcm_objectives: "forms.ModelMultipleChoiceField[GcmObjective]" = forms.ModelMultipleChoiceField(
        label=_("Objectives of the Global Compact for Migration"),
        queryset=GcmObjective.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    sdgs: "forms.ModelMultipleChoiceField[Sdg]" = forms.ModelMultipleChoiceField(
        label=_("Sustainable Development Goals"),
        queryset=Sdg.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Commitment
        fields = [
            "statement", "deliverable", "responsible", "due_on", "means_of_verification", "verifier", "axis",
            "resources", "follow_up_owner", "remarks",
        ]  # fmt: skip
        labels = {
            "statement": _("Commitment"),
            "deliverable": _("What will be delivered"),
            "responsible": _("Responsible organization"),
            "due_on": _("Due date"),
            "means_of_verification": _("Means of verification"),
            "verifier": _("Organization that verifies"),
            "axis": _("Thematic axis"),
            "resources": _("Resources"),
            "follow_up_owner": _("Who follows it up"),
            "remarks": _("Remarks"),
        }
        help_texts = {
            "statement": _("Start with a verb: what will be different."),
            "deliverable": _("Something that can be shown: 40 places with beds and bathrooms."),
            "responsible": _("Exactly one answers for it."),
            "due_on": _("The last day to fulfil it."),
            "means_of_verification": _(
                "What whoever verifies will look at: an act of delivery, a list, photographs with their date."
            ),
            "verifier": _(
                "Another organization: neither one that answers for it, nor part of it, nor above it."
            ),
            "follow_up_owner": _("A post, not a person: whoever holds it hears when nothing moves."),
            "remarks": _("What whoever reads the table should know. Anyone can read them."),
        }
        widgets = {
            "due_on": DateInput,
            "statement": forms.Textarea(attrs={"rows": 3}),
            "remarks": forms.Textarea(attrs={"rows": 2}),
        }

    GROUPS = (
        (CONCRETE, ("deliverable", "responsible", "co_responsible", "due_on")),
        (
            MEASURABLE,
            (
                "indicator_name",
                "indicator_unit",
                "indicator_baseline",
                "indicator_baseline_is_unknown",
                "indicator_target",
                "indicator_keeps_level",
            ),
        ),
        (VERIFIABLE, ("means_of_verification", "verifier")),
    )

    def __init__(self, *args: Any, mesa: Mesa, post_ids: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seated_ids = set(
            Seat.objects.current(timezone.localdate())
            .filter(mesa=mesa)
            .values_list("organization", flat=True)
        )
        chosen = {self.instance.responsible_id, self.instance.verifier_id}
        known = Organization.objects.filter(
            Q(state=Organization.State.ACTIVE) | Q(id__in=seated_ids | chosen)
        )
        organizations = list(known.order_by("plain_name"))
        seated = [(each.pk, each.name) for each in organizations if each.pk in seated_ids]
        others = [(each.pk, each.name) for each in organizations if each.pk not in seated_ids]
        for name in ("responsible", "verifier"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
            field.queryset = known
            field.choices = [
                ("", _("Not decided yet")),
                (_("At this mesa"), seated),
                (_("Other organizations"), others),
            ]
        helping = seated_ids | (
            {each.pk for each in self.instance.co_responsible.all()} if self.instance.pk else set()
        )
        choices: dict[str, Any] = {
            "co_responsible": Organization.objects.filter(id__in=helping).order_by("plain_name"),
            "gcm_objectives": GcmObjective.objects.all(),
            "sdgs": Sdg.objects.all(),
            "axis": ThematicAxis.objects.all(),
        }
        for name, queryset in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
            field.queryset = queryset
            field.empty_label = _("Not decided yet") if name == "axis" else None
        self._offer_posts(mesa, seated_ids | {each for each in chosen if each}, set(post_ids))
        if self.instance.pk and self.instance.state != Commitment.State.PROPOSED:
            self._fix_what_was_agreed()

    def _offer_posts(self, mesa: Mesa, organization_ids: set[int], own: set[int]) -> None:
        """Posts that act for the secretariat, then those that speak for the mesa's organizations."""
        acting = list(
            Post.objects.filter(mandates__in=mesa.mandates.current(timezone.localdate()))
            .select_related("organization")
            .distinct()
            .order_by("id")
        )
        spoken = Q(organization__in=organization_ids, kind__in=SPEAKING_POSTS)
        others = (
            Post.objects.filter(spoken | Q(pk=self.instance.follow_up_owner_id))
            .exclude(pk__in=[post.pk for post in acting])
            .select_related("organization")
            .order_by("organization__plain_name", "id")
        )
        field = self.fields["follow_up_owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
        field.queryset = Post.objects.filter(pk__in=[post.pk for post in [*acting, *others]])
        field.choices = [
            ("", _("Not decided yet")),
            (_("Secretariat"), [(post.pk, _post(post)) for post in acting]),
            (_("Organizations of the mesa"), [(post.pk, _post(post)) for post in others]),
        ]
        proposed = self.instance.state == Commitment.State.PROPOSED
        if acting and proposed and self.instance.follow_up_owner_id is None:
            mine = next((post for post in acting if post.pk in own), acting[0])
            self.initial["follow_up_owner"] = mine.pk

    def _fix_what_was_agreed(self) -> None:
        """Only what an exception of the gate left open stays open here; the page shows the rest as text."""
        lacked = {each.code for each in gate(self.instance)} if self.instance.exempt_until else set()
        names = {name.removesuffix("_id") for name in fixed(self.instance)} | {"co_responsible"}
        if not lacked & MEASURED:
            names |= {name for name in self.fields if name.startswith("indicator_")}
        for name in names:
            self.fields[name].disabled = True

    def groups(self) -> list[dict[str, Any]]:
        """The three groups of the quality gate with the fields that are open, in the order of the page."""
        found = [
            {
                "code": code,
                "label": GATE_GROUPS[code],
                "fields": [self[name] for name in names if not self.fields[name].disabled],
            }
            for code, names in self.GROUPS
        ]
        return [group for group in found if group["fields"]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rest = ("indicator_unit", "indicator_baseline", "indicator_baseline_is_unknown", "indicator_target")
        if not cleaned.get("indicator_name") and any(
            cleaned.get(name) not in (None, "", False) for name in rest
        ):
            self.add_error("indicator_name", _("Say what is measured, for example: places in service."))
        self._refuse_all_at_once(cleaned)
        return cleaned

    def _refuse_all_at_once(self, cleaned: dict[str, Any]) -> None:
        """What the action would refuse one after the other, said in one go."""
        today = timezone.localdate()
        due = cleaned.get("due_on")
        if due and due < today and "due_on" in self.changed_data:
            self.add_error("due_on", DueDatePassed.default_message)
        answering = {cleaned.get("responsible"), *(cleaned.get("co_responsible") or ())} - {None}
        verifier = cleaned.get("verifier")
        is_open = verifier and not self.fields["verifier"].disabled
        if is_open and verifier.pk in kin(each.pk for each in answering if each):
            self.add_error("verifier", OwnKey.default_message)
        wrong = indicator_problems(
            unit=cleaned.get("indicator_unit") or "",
            baseline=cleaned.get("indicator_baseline"),
            baseline_is_unknown=bool(cleaned.get("indicator_baseline_is_unknown")),
            target=cleaned.get("indicator_target"),
            keeps_level=bool(cleaned.get("indicator_keeps_level")),
            formula="",
            today=today,
        )
        for each in wrong:
            name = f"indicator_{each.field}"
            if not self.fields[name].disabled and not self.has_error(name):
                self.add_error(name, str(each.message))

    def values(self) -> dict[str, Any]:
        """What ``actions.propose`` and ``actions.edit`` ask for."""
        data = self.cleaned_data
        indicator = None
        if data["indicator_name"]:
            indicator = IndicatorData(
                name=data["indicator_name"],
                unit=data["indicator_unit"],
                baseline=data["indicator_baseline"],
                baseline_is_unknown=data["indicator_baseline_is_unknown"],
                target=data["indicator_target"],
                keeps_level=data["indicator_keeps_level"],
            )
        return {
            "statement": data["statement"],
            "deliverable": data["deliverable"],
            "responsible_id": data["responsible"].pk if data["responsible"] else None,
            "verifier_id": data["verifier"].pk if data["verifier"] else None,
            "due_on": data["due_on"],
            "means_of_verification": data["means_of_verification"],
            "axis_id": data["axis"].pk if data["axis"] else None,
            "gcm_ids": [each.pk for each in data["gcm_objectives"]],
            "sdg_ids": [each.pk for each in data["sdgs"]],
            "co_responsible_ids": [each.pk for each in data["co_responsible"]],
            "resources": data["resources"],
            "remarks": data["remarks"],
            "follow_up_owner_id": data["follow_up_owner"].pk if data["follow_up_owner"] else None,
            "indicator": indicator,
        }


def initial_of(commitment: Commitment) -> dict[str, Any]:
    """What the form of an existing commitment starts with, beyond the row's own columns."""
    first = next(iter(commitment.indicators.all()), None)
    initial: dict[str, Any] = {
        "version": commitment.version,
        "co_responsible": commitment.co_responsible.all(),
        "gcm_objectives": commitment.gcm_objectives.all(),
        "sdgs": commitment.sdgs.all(),
    }
    if first:
        for name in ("name", "unit", "baseline", "baseline_is_unknown", "target", "keeps_level"):
            initial[f"indicator_{name}"] = plainly(getattr(first, name))
    return initial


def _post(post: Post) -> str:
    return f"{post.title}, {post.organization.short_name}"
