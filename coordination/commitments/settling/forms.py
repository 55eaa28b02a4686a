"""Fields of what settles, disputes and prolongs a commitment. Forms clean; actions write."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment, Verification
from coordination.commitments.settling.actions.settling import ANOTHER, REOPENED, STANDS
from coordination.common import dates
from coordination.common.forms import DateInput
from coordination.organizations.models import Organization
from coordination.sessions.models import Outcome, Session

Decision = Verification.Decision
NOT_YET = _("Choose one")


def _words(label: Any, rows: int = 4, **given: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **given)


def session_words(session: Session) -> str:
    """III sesión, 9 de marzo de 2027."""
    day = session.local_day
    return f"{session.short_title}, {dates.day_words(day)}" if day else session.short_title


@dataclass(frozen=True)
class Offer:
    """Sessions, or decisions taken there, to choose from; why earlier ones are not among them; and the session that
    the address names, which is chosen beforehand where it can be.
    """

    rows: QuerySet[Any]
    early: str = ""
    wanted: str = ""

    def put(self, form: Any, name: str) -> None:
        """Reads the rows once, and says in ``form.nothing_decided`` whether there are none."""
        field, found = form.fields[name], list(self.rows)
        field.queryset = self.rows
        field.choices = [("", NOT_YET), *((row.pk, field.label_from_instance(row)) for row in found)]
        if self.early:
            field.help_text = field.error_messages["invalid_choice"] = self.early
        form.nothing_decided = not found
        named = [row.pk for row in found if str(getattr(row, "session", row).public_id) == self.wanted]
        if len(named) == 1:
            form.initial[name] = named[0]


class SessionChoice(forms.ModelChoiceField):
    """A session of the mesa, the latest first. None is chosen beforehand but the one that somebody comes from: it is
    what the public page will say.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(queryset=Session.objects.none(), empty_label=NOT_YET, **given)

    def label_from_instance(self, obj: Any) -> str:
        return session_words(obj)


class DecisionChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        text = obj.text if len(obj.text) <= 110 else f"{obj.text[:107]}…"
        return f"{session_words(obj.session)}: {text}"


def _choose(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
    field.queryset = rows


class VerificationForm(forms.Form):
    """The decision of the second key, and what is missing as a list."""

    DECISIONS = (
        (Decision.MET.value, _("It is met")),
        (Decision.PARTLY_MET.value, _("It is met in part")),
        (Decision.RETURNED.value, _("I return it: something is missing")),
    )

    decision = forms.ChoiceField(label=_("Your decision"), widget=forms.RadioSelect, choices=DECISIONS)
    missing = forms.MultipleChoiceField(
        label=_("What is missing"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("If you return it, or confirm it in part. Mark what applies."),
    )  # fmt: skip
    other = _words(
        _("Something else that is missing"), 2, required=False, max_length=1000,
        help_text=_("One thing a line."),
    )  # fmt: skip
    text = _words(_("Remarks"), 3, required=False, max_length=1000, help_text=_("Anyone can read them."))
    report = forms.IntegerField(required=False, widget=forms.HiddenInput)
    wording = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].consequences = {  # type: ignore[attr-defined]
            Decision.MET.value: _("It is closed, and its page says that you verified it."),
            Decision.PARTLY_MET.value: _("It is closed as partly met, with your remarks."),
            Decision.RETURNED.value: _("It stays open, and the organization completes what is missing."),
        }
        self.things = missing_things(commitment)
        field = self.fields["missing"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  for the type checker
        field.choices = list(self.things.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        said = (
            cleaned.get("missing")
            or (cleaned.get("other") or "").strip()
            or (cleaned.get("text") or "").strip()
        )
        if cleaned.get("decision") == Decision.RETURNED and not said:
            self.add_error("missing", _("Say what is missing, so that the organization can complete it."))
        return cleaned

    def decided(self) -> dict[str, Any]:
        """What ``actions.verify`` asks for."""
        data = self.cleaned_data
        missing: list[str] = []
        if data["decision"] != Decision.MET:
            missing = [self.things[code] for code in data["missing"]] + data["other"].splitlines()
        return {
            "decision": data["decision"],
            "text": Verification.written(missing, data["text"]),
            "report_id": data["report"],
            "wording": data["wording"],
        }


def missing_things(commitment: Commitment) -> dict[str, str]:
    """What a verifier may miss of this commitment, in its own words: each can be ticked."""
    found = {}
    if commitment.deliverable:
        found["deliverable"] = gettext("Deliverable: %(what)s") % {"what": commitment.deliverable}
    if commitment.means_of_verification:
        found["means"] = gettext("Means of verification: %(what)s") % {
            "what": commitment.means_of_verification
        }
    for indicator in commitment.indicators.all():
        found[f"indicator-{indicator.pk}"] = gettext("Figure of the indicator: %(what)s") % {
            "what": indicator.name
        }
    found["evidence"] = gettext("Evidence that can be opened and says its date")
    return found


class CodeForm(VerificationForm):
    """The decision again, hidden, with the code that was mailed."""

    code = forms.CharField(
        label=_("Code of six digits"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("decision", "other", "text", "report", "wording"):
            self.fields[name].widget = forms.HiddenInput()
        field = self.fields["missing"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  for the type checker
        field.widget = forms.MultipleHiddenInput()


class DisputeForm(forms.Form):
    text = _words(
        _("Your organization's version"), 6, max_length=2000,
        help_text=_("What you see differently, and what shows it. It stands beside the decision, and anyone can read it."),
    )  # fmt: skip


class ResolveForm(forms.Form):
    """How the mesa resolved an objection in a session."""

    OUTCOMES = (
        (STANDS, _("The decision stands")),
        (REOPENED, _("It is opened again")),
        (ANOTHER, _("Another organization decides")),
    )

    session = SessionChoice(label=_("Session that resolved it"))
    outcome = forms.ChoiceField(label=_("What the mesa resolved"), widget=forms.RadioSelect, choices=OUTCOMES)
    verifier: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("Organization that decides"), queryset=Organization.objects.none(), required=False, empty_label=NOT_YET,
        help_text=_("Only if another one decides. It gets a mail at once."),
    )  # fmt: skip
    reason = _words(_("Why"), max_length=1000, help_text=_("It stays in public view beside both versions."))

    def __init__(self, *args: Any, sessions: Offer, verifiers: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions.put(self, "session")
        _choose(self, "verifier", verifiers)
        self.fields["outcome"].consequences = {  # type: ignore[attr-defined]
            STANDS: _("It goes back to how it was decided."),
            REOPENED: _("The organization goes on, reports, and asks again for verification."),
            ANOTHER: _("Met is always said by a second organization, never by the secretariat alone."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("outcome") == ANOTHER
            and "verifier" not in self.errors
            and not cleaned.get("verifier")
        ):
            self.add_error("verifier", _("Choose the organization that decides."))
        return cleaned

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "session_id": data["session"].pk,
            "outcome": data["outcome"],
            "reason": data["reason"],
            "verifier_id": data["verifier"].pk if data["verifier"] else None,
        }


class NotMetForm(forms.Form):
    session = SessionChoice(label=_("Session that records it"))
    second: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("Organization that confirms it"), queryset=Organization.objects.none(), empty_label=NOT_YET,
        help_text=_("Another member of the mesa. Until it confirms, the commitment stays as it is."),
    )  # fmt: skip
    reason = _words(_("What the mesa found"), max_length=1000, help_text=_("It stays in public view."))

    def __init__(self, *args: Any, sessions: Offer, seconds: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions.put(self, "session")
        _choose(self, "second", seconds)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"session_id": data["session"].pk, "second_id": data["second"].pk, "reason": data["reason"]}


class SecondForm(forms.Form):
    """The second organization's answer to a record that something was not met."""

    YES, NO = "yes", "no"
    ANSWERS = ((YES, _("I confirm: it was not met")), (NO, _("I do not confirm it")))

    confirms = forms.ChoiceField(label=_("Your answer"), widget=forms.RadioSelect, choices=ANSWERS)
    text = _words(
        _("Remarks"), 3, required=False, max_length=1000,
        help_text=_("Needed if you do not confirm it. Anyone can read them."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirms"].consequences = {  # type: ignore[attr-defined]
            self.YES: _("It is closed as not met. The organization may still give its version."),
            self.NO: _("It stays open, and your reason is kept."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("confirms") == self.NO and not (cleaned.get("text") or "").strip():
            self.add_error("text", _("Say why you do not confirm it: the mesa reads it."))
        return cleaned

    def answer(self) -> dict[str, Any]:
        return {"confirms": self.cleaned_data["confirms"] == self.YES, "text": self.cleaned_data["text"]}


class SecondCodeForm(SecondForm):
    """The answer again, hidden, with the code that was mailed."""

    code = forms.CharField(
        label=_("Code of six digits"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirms"].widget = forms.HiddenInput()
        self.fields["text"].widget = forms.HiddenInput()


class ReasonForm(forms.Form):
    reason = _words(_("Why"), 3, max_length=1000, help_text=_("It stays in public view."))


class WithdrawalForm(forms.Form):
    """Of an agreed commitment with the decision of the mesa; of a proposal a reason alone."""

    decision = DecisionChoice(
        label=_("Decision of the mesa"), queryset=Outcome.objects.none(), empty_label=NOT_YET,
        help_text=_("As it was recorded in one of its sessions."),
    )  # fmt: skip
    reason = _words(_("Reason"), max_length=1000, help_text=_("It stays in public view."))

    def __init__(self, *args: Any, decisions: Offer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if decisions is None:
            del self.fields["decision"]
        else:
            decisions.put(self, "decision")

    def values(self) -> dict[str, Any]:
        decision = self.cleaned_data.get("decision")
        return {"reason": self.cleaned_data["reason"], "decision_id": decision.pk if decision else None}


class ExtensionForm(forms.Form):
    """A later date, agreed in a session; the target may change with it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    new_due_on = forms.DateField(label=_("New due date"), widget=DateInput)
    session = SessionChoice(label=_("Session that agreed it"))
    new_target = forms.DecimalField(
        label=_("New target"), max_digits=16, decimal_places=2, required=False, min_value=0
    )
    reason = _words(_("Reason"), max_length=1000, help_text=_("It stays in public view beside both dates."))

    def __init__(self, *args: Any, commitment: Commitment, sessions: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions.put(self, "session")
        self.indicator = next(iter(commitment.indicators.all()), None)
        if self.indicator is None or self.indicator.target is None:
            self.indicator = None
            del self.fields["new_target"]
        else:
            self.fields["new_target"].label = _("New target: %(what)s") % {"what": self.indicator.name}
            self.fields["new_target"].help_text = _(
                "Only if the mesa changed it too. It is %(target)s %(unit)s now, and that stays in view."
            ) % {"target": f"{self.indicator.target.normalize():f}", "unit": self.indicator.unit}

    def values(self) -> dict[str, Any]:
        """What ``actions.extend`` asks for."""
        data = self.cleaned_data
        return {
            "version": data["version"],
            "new_due_on": data["new_due_on"],
            "session_id": data["session"].pk,
            "indicator_id": self.indicator.pk if self.indicator else None,
            "new_target": data.get("new_target"),
            "reason": data["reason"],
        }


class AskForm(forms.Form):
    """The responsible organization asks for more time."""

    asked_until = forms.DateField(label=_("Until when"), widget=DateInput)
    reason = _words(
        _("Why more time is needed"), max_length=1000,
        help_text=_("The mesa decides on it. Anyone can read it on the page of the commitment."),
    )  # fmt: skip

    def __init__(self, *args: Any, due_on: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if due_on:
            self.fields["asked_until"].help_text = _("It is due on %(day)s now.") % {
                "day": dates.date_words(due_on)
            }


class RefusalForm(forms.Form):
    answer = _words(
        _("Why it is not granted"), 3, max_length=1000, help_text=_("The organization gets a mail.")
    )
