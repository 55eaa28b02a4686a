"""Forms of what comes before the next session, and before another mesa."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.agenda import referrals
from coordination.commitments.models import AgendaRequest, Commitment, Referral
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session


class CommitmentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.statement}"


class SessionChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.short_title)


class AgendaRequestForm(forms.ModelForm):
    organization: Any = forms.ModelChoiceField(Organization.objects.none(), label=_("Organization that asks"))

    class Meta:
        model = AgendaRequest
        fields = ["reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "reason": _("It is read on the page of the commitment and in the first item of the session.")
        }

    def __init__(self, *args: Any, speaks_for: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organizations = list(speaks_for)
        self.fields["organization"].queryset = speaks_for  # type: ignore[attr-defined]
        if len(organizations) == 1:
            self.only = organizations[0]
            self.fields["organization"].required = False
            self.fields["organization"].widget = forms.HiddenInput()

    @property
    def asker(self) -> Organization:
        return getattr(self, "only", None) or self.cleaned_data["organization"]


class ReferralForm(forms.ModelForm):
    class Meta:
        model = Referral
        fields = ["target", "title", "text", "commitment", "raised_in"]
        field_classes = {"commitment": CommitmentChoice, "raised_in": SessionChoice}
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}
        labels = {
            "target": _("Mesa it goes to"),
            "commitment": _("Commitment it is about, if any"),
            "raised_in": _("Session that decided it, if one did"),
        }
        help_texts = {
            "text": _("Say what the other mesa can do that this one cannot. It is read by both mesas."),
        }

    def __init__(self, *args: Any, mesa: Mesa, actor: Actor, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above, below = referrals.targets(mesa, actor)
        groups = [
            (str(label), rows)
            for label, rows in ((_("Above this mesa"), above), (_("Part of this mesa"), below))
            if rows
        ]
        choices = [(label, [(row.pk, row.name) for row in rows]) for label, rows in groups]
        target: Any = self.fields["target"]
        target.queryset = Mesa.objects.filter(pk__in=[row.pk for row in [*above, *below]])
        target.choices = [("", "---------"), *choices] if len(above) + len(below) > 1 else choices
        commitment: Any = self.fields["commitment"]
        commitment.queryset = referrals.raisable(mesa).filter(
            pk__in=Commitment.objects.visible_to(actor).order_by().values("pk")
        )
        session: Any = self.fields["raised_in"]
        session.queryset = referrals.may_have_decided(mesa, now)


class AnswerForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput())

    class Meta:
        model = Referral
        fields = ["answer_kind", "answer", "answer_commitment"]
        field_classes = {"answer_commitment": CommitmentChoice}
        widgets = {"answer_kind": forms.RadioSelect(), "answer": forms.Textarea(attrs={"rows": 5})}
        labels = {"answer_commitment": _("Commitment of this mesa that was born of it, if any")}

    def __init__(self, *args: Any, mesa: Mesa, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["answer_kind"]
        kind.choices = Referral.Answer.choices
        kind.required = self.fields["answer"].required = True
        born: Any = self.fields["answer_commitment"]
        born.queryset = referrals.born_of_it(mesa)


class ScheduleForm(forms.Form):
    session = SessionChoice(Session.objects.none(), label=_("Session that deals with it"))

    def __init__(self, *args: Any, mesa: Mesa, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session: Any = self.fields["session"]
        session.queryset = referrals.may_deal_with(mesa, now)
        session.empty_label = None
