"""Forms for what comes before a session: papers, proposals, cut-offs."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.common.forms import DateInput
from coordination.files.forms import UploadField
from coordination.organizations.models import Organization
from coordination.sessions.models import AgendaItem, AgendaProposal, Paper, Session


class PaperForm(forms.Form):
    """A new paper. Who does not keep the secretariat chooses among its own items and decides nothing about readers."""

    title = forms.CharField(label=_("What it is"), max_length=200)
    item: Any = forms.ModelChoiceField(
        AgendaItem.objects.none(), label=_("Item of the agenda"), required=False,
        empty_label=_("The whole session"),
    )  # fmt: skip
    file = UploadField(label=_("File"))
    is_public = forms.BooleanField(
        label=_("Anyone may read it"),
        required=False,
        help_text=_(
            "It appears on the public page of the session. Without the tick only the mesa and the invited organizations read it."
        ),
    )

    def __init__(
        self, *args: Any, session: Session, items: QuerySet[AgendaItem], staff: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["item"]
        field.queryset = items
        if not staff:
            field.required, field.empty_label = True, None
        if not staff or session.is_casa_adentro:
            del self.fields["is_public"]

    def wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        item = data.get("item")
        return {
            "title": data["title"],
            "item_id": item.pk if item else None,
            "is_public": data.get("is_public", False),
        }


class PaperEditForm(PaperForm):
    """The same without the file."""

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any) -> None:
        initial = {"title": paper.title, "item": paper.item_id, "is_public": paper.is_public}
        super().__init__(*args, initial=initial, staff=True, **kwargs)
        del self.fields["file"]


class VersionForm(forms.Form):
    """The next text of a paper; ``after`` is the newest one the page knew."""

    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=32000)
    file = UploadField(label=_("New version"))
    note = forms.CharField(
        label=_("What changed"),
        max_length=300,
        required=False,
        help_text=_("One line, for those who read the last one."),
    )


class ProposalForm(forms.Form):
    """What to deal with. The organization is asked only of who speaks for several."""

    organization: Any = forms.ModelChoiceField(
        Organization.objects.none(), label=_("In the name of"), empty_label=None
    )
    title = forms.CharField(label=_("What the mesa should deal with"), max_length=250)
    reason = forms.CharField(
        label=_("Why now"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    minutes = forms.IntegerField(
        label=_("Minutes it needs"), min_value=1, max_value=600, required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": 600, "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, organizations: QuerySet[Organization] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if organizations is None or len(organizations) < 2:
            del self.fields["organization"]
        else:
            self.fields["organization"].queryset = organizations  # type: ignore[attr-defined]


ACCEPT, MERGE, DEFER, DECLINE = "accept", "merge", "defer", "decline"
DECISIONS = [
    (ACCEPT, _("Put it on the agenda")),
    (MERGE, _("Join it with an item")),
    (DEFER, _("Leave it for a later session")),
    (DECLINE, _("Do not take it up")),
]


class ProposalAnswerForm(forms.Form):
    """What becomes of a proposal."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(label=_("What becomes of it"), choices=DECISIONS, widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=_("Kind of item, if it goes on the agenda"), required=False)
    item: Any = forms.ModelChoiceField(
        AgendaItem.objects.none(),
        label=_("Item, if it joins one"),
        required=False,
        empty_label=_("Choose an item"),
    )
    answer = forms.CharField(
        label=_("Your answer"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever proposed it reads this. To leave it for later or not take it up, say why."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, proposal: AgendaProposal, items: QuerySet[AgendaItem], **kwargs: Any
    ) -> None:
        initial = {"version": proposal.version, "kind": AgendaItem.Kind.DISCUSSION}
        super().__init__(*args, initial=initial, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["decision"].consequences = {
            ACCEPT: _("It becomes the last item, presented by who proposed it."),
            MERGE: _("It is dealt with under an item that is there already."),
            DEFER: _("It waits, and the next session of the mesa offers it again."),
            DECLINE: _("It ends here, with your reason."),
        }
        kinds = [choice for choice in AgendaItem.Kind.choices if choice[0] != AgendaItem.Kind.REVIEW]
        fields["kind"].choices = [(value, capfirst(label)) for value, label in kinds]
        fields["item"].queryset = items


class CutOffForm(forms.Form):
    """The last days for proposing and handing in, as days of the session's own zone."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    proposals_due_on = forms.DateField(
        label=_("Last day to propose items"), widget=DateInput, required=False,
        help_text=_("Left empty, items can be proposed until the session starts."),
    )  # fmt: skip
    papers_due_on = forms.DateField(
        label=_("Last day to hand in papers"), widget=DateInput, required=False,
        help_text=_("For those who present an item. You can add papers later too; they are marked as late."),
    )  # fmt: skip

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        self.session = session
        initial = {
            "version": session.version,
            "proposals_due_on": self._day(session.proposals_due_at),
            "papers_due_on": self._day(session.papers_due_at),
        }
        super().__init__(*args, initial=initial, **kwargs)

    def wanted(self) -> dict[str, Any]:
        return {
            "proposals_due_at": self._moment("proposals_due_on"),
            "papers_due_at": self._moment("papers_due_on"),
        }

    def _day(self, moment: datetime | None) -> Any:
        # Kept as the first instant of the next day; the form speaks of the last day.
        return (moment - timedelta(seconds=1)).astimezone(self.session.zone).date() if moment else None

    def _moment(self, name: str) -> datetime | None:
        """The end of that day; the beginning of the session when it is the same day."""
        day = self.cleaned_data.get(name)
        if not day:
            return None
        if day == self.session.local_day:
            return self.session.starts_at
        return datetime.combine(day + timedelta(days=1), time(0), tzinfo=self.session.zone)
