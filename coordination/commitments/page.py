"""What the page of one commitment asks about it again and again, read with its row.

Signed in, a page may take twelve queries, and many rooms stand on it. They look for these attributes first and ask the
database only of a row that was read another way.
"""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, NullIf

from accounts.actor import Actor
from coordination.commitments.escalation import word_at
from coordination.commitments.models import (
    Commitment,
    CommitmentQuerySet,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
    PeriodTarget,
    Report,
    Support,
)
from coordination.common.dates import spoken
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post
from coordination.sessions.parts import circles_of
from coordination.taxonomies.models import GcmObjective, Sdg


def for_reader(rows: CommitmentQuerySet, actor: Actor) -> CommitmentQuerySet:
    """Adds whom the reader speaks for, who may never verify, whether it was said to be done, and the last word."""
    reports = Report.objects.filter(commitment=OuterRef("pk"))
    return rows.annotate(
        spoken_ids=ArraySubquery(_posts(actor).values("organization")),
        own_side_ids=ArraySubquery(_own_side().values("pk")),
        was_said_done=Exists(reports.filter(asks_verification=True)),
        word_at=word_at(),
    )


def for_page(rows: CommitmentQuerySet, actor: Actor) -> CommitmentQuerySet:
    """``for_reader``, and what it contributes to, who helps, the circles the reader stands in, what is being settled, its
    receipts, targets of periods, supports."""
    mine = {"commitment": OuterRef("pk")}
    helping: Any = Commitment.co_responsible.through
    return for_reader(rows, actor).annotate(
        gcm_names=ArraySubquery(_names(GcmObjective)),
        sdg_names=ArraySubquery(_names(Sdg)),
        helping_ids=ArraySubquery(helping.objects.filter(**mine).values("organization")),
        circle_ids=ArraySubquery(circles_of(actor, record=False)),
        was_disputed=Exists(Dispute.objects.filter(**mine)),
        has_record=Exists(NonFulfilment.objects.filter(**mine, answered_at=None)),
        has_request=Exists(ExtensionRequest.objects.filter(**mine, answered_at=None)),
        receipt=FilteredRelation(
            "acknowledgements",
            condition=Q(
                acknowledgements__organization=F("responsible"), acknowledgements__superseded_at=None
            ),
        ),
        received_at=F("receipt__acknowledged_at"),
        accepted_at=F("receipt__accepted_at"),
        is_supported=Exists(Support.objects.filter(**mine, withdrawn_at=None)),
        period_steps=ArraySubquery(
            PeriodTarget.objects.filter(indicator__commitment=OuterRef("pk")).values(
                told=JSONObject(
                    indicator="indicator_id",
                    since="starts_on",
                    until="ends_on",
                    value=Cast("value", CharField()),
                )
            )
        ),
        reported_at=Subquery(
            Report.objects.filter(**mine).order_by("-reported_at", "-id").values("reported_at")[:1]
        ),
    )


def speaks_for(actor: Actor, commitment: Commitment | None = None) -> set[int]:
    """The organizations the actor speaks for today, by post or by link. One query, none without posts.

    None either with a commitment that was read ``for_page`` of this actor.
    """
    return speaks_by_post(actor, commitment) | ({actor.link.organization_id} if actor.link else set())


def speaks_by_post(actor: Actor, commitment: Commitment | None = None) -> set[int]:
    known = getattr(commitment, "spoken_ids", None)
    if known is None:
        known = _posts(actor).values_list("organization_id", flat=True) if actor.post_ids else ()
    return set(known)


def _posts(actor: Actor) -> Any:
    return Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS)


def _own_side() -> Any:
    """``gate.own_side`` in SQL."""
    this = OuterRef(OuterRef("pk"))
    answering = Organization.objects.filter(Q(commitments=this) | Q(co_commitments=this)).values("pk")
    return (
        Organization.objects.filter(Q(pk__in=answering) | Q(parent__in=answering) | Q(children__in=answering))
        .order_by()
        .distinct()
    )


def _names(model: type[GcmObjective] | type[Sdg]) -> Any:
    """«3. …» in the reader's language, in the list's own order."""
    name = Coalesce(NullIf(f"name_{spoken()}", Value("")), "name_es", output_field=CharField())
    words = Concat(Cast("order", CharField()), Value(". "), name, output_field=CharField())
    return model.objects.filter(commitment=OuterRef("pk")).order_by("order").values_list(words)
