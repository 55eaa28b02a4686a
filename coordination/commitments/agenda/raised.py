"""What the page of a commitment says of agendas: where it was reviewed, who asks to deal with it, where it was raised.

Read in the query that loads the commitment: the page asks nothing more.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.actor import Actor
from coordination.commitments.agenda.permissions import probably
from coordination.commitments.agenda.referrals import can_refer
from coordination.commitments.models import AgendaRequest, Commitment, CommitmentQuerySet, Referral, Review
from coordination.common.dates import roman
from coordination.sessions.models import Session


def with_raised(rows: CommitmentQuerySet, actor: Actor) -> CommitmentQuerySet:
    """Adds ``reviewed_in``, ``asked_by`` and ``referred_to``, each with what this actor may see."""
    mine = {"commitment": OuterRef("pk")}
    reviews = Review.objects.visible_to(actor).filter(**mine).exclude(session__state=Session.State.FAILED)
    asked = AgendaRequest.objects.filter(**mine, closed_at=None)
    referred = Referral.objects.visible_to(actor).filter(**mine).exclude(state=Referral.State.WITHDRAWN)
    return rows.annotate(
        reviewed_in=ArraySubquery(
            reviews.order_by("session__starts_at").values(
                told=JSONObject(
                    id="session__public_id",
                    number="session__number",
                    kind="session__kind",
                    silent="was_silent",
                )
            )
        ),
        asked_by=ArraySubquery(
            asked.order_by("asked_at").values(
                told=JSONObject(
                    id="public_id",
                    organization="organization_id",
                    name=_name("organization"),
                    reason="reason",
                    at="asked_at",
                )
            )
        ),
        referred_to=ArraySubquery(
            referred.order_by("raised_at").values(
                told=JSONObject(id="public_id", name=_name("target"), state="state", answer="answer_kind")
            )
        ),
    )


def panel(commitment: Any, actor: Actor, *, keeps: bool) -> dict[str, Any]:
    """Ready to show; of a commitment loaded through ``with_raised``. No query."""
    asked = [
        row | {"at": parse_datetime(row["at"]), "is_mine": row["organization"] in actor.organization_ids}
        for row in commitment.asked_by
    ]
    open_now = commitment.state in Commitment.OPEN_STATES and not commitment.is_casa_adentro
    session = commitment.session
    return {
        "reviewed": [row | {"name": _session_name(row)} for row in commitment.reviewed_in],
        "asked": asked,
        "referred": [row | {"words": _state(row)} for row in commitment.referred_to],
        "may_ask": probably(actor, commitment),
        "may_refer": keeps
        and open_now
        and not (session and session.is_casa_adentro)
        and can_refer(actor, commitment.mesa),
    }


def _session_name(row: dict[str, Any]) -> str:
    if not row["number"]:
        return _("Session without a number")
    if row["kind"] == Session.Kind.EXTRAORDINARY:
        return _("%(n)s extraordinary session") % {"n": roman(row["number"])}
    return _("%(n)s session") % {"n": roman(row["number"])}


def _state(row: dict[str, Any]) -> str:
    if row["answer"]:
        return str(Referral.Answer(row["answer"]).label)
    return str(Referral.State(row["state"]).label)


def _name(relation: str) -> Coalesce:
    """A translated name reached from a row that is not translated itself: the reader's language, else Spanish."""
    here = (get_language() or "es")[:2]
    language = here if here in dict(settings.LANGUAGES) else "es"
    texts = [Cast(F(f"{relation}__name_{one}"), TextField()) for one in (language, "es")]
    return Coalesce(NullIf(texts[0], Value("")), texts[1], output_field=TextField())
