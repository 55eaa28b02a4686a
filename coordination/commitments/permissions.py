"""May this person? Keeping commitments rests on ``mesas.permissions``; reporting and verifying on posts and links.

Nobody verifies for their own organization, not even an administrator: being one gives no right here at all.
"""

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from coordination.commitments.deciding import barred, side_of
from coordination.commitments.models import Commitment, CommitmentQuerySet, Report
from coordination.commitments.page import speaks_by_post
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, has
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post
from coordination.sessions.circle import stands_in
from coordination.sessions.models import Session
from coordination.sessions.permissions import in_circle


def can_propose(actor: Actor, session: Session) -> bool:
    return (
        not session.is_historic
        and has(actor, Permission.MANAGE_COMMITMENTS, session.mesa)
        and in_circle(actor, session)
    )


def can_manage(actor: Actor, commitment: Commitment) -> bool:
    """Edit, agree, extend, withdraw: the mesa's secretariat, never on a historic record."""
    return (
        not commitment.is_historic
        and has(actor, Permission.MANAGE_COMMITMENTS, commitment.mesa)
        and (commitment.session is None or in_circle(actor, commitment.session))
        and (
            not commitment.is_casa_adentro
            or commitment.session is None
            or stands_in(actor, commitment.session)
        )
    )


def can_support(actor: Actor, mesa: Mesa, session: Session | None = None) -> bool:
    """Write who finances or assists a mesa or one of its sessions: the secretariat, of a closed one in its circle."""
    historic = mesa.is_historic or (session is not None and session.is_historic)
    return (
        not historic
        and has(actor, Permission.MANAGE_COMMITMENTS, mesa)
        and (session is None or in_circle(actor, session))
    )


def can_report(actor: Actor, commitment: Commitment) -> bool:
    """The responsible organization's head or focal point, or whoever holds its link."""
    return (
        not commitment.is_historic
        and commitment.state in Commitment.REPORTABLE_STATES
        and commitment.responsible_id is not None
        and acts_for(actor, commitment, commitment.responsible_id, Commitment.REPORT_LINK)
    )


def can_verify(actor: Actor, commitment: Commitment) -> bool:
    """The verifier's head or focal point, or whoever holds its link, unless they work for the other side too."""
    return (
        not commitment.is_historic
        and commitment.state in (Commitment.State.REPORTED, Commitment.State.DISPUTED)
        and commitment.verifier_id is not None
        and acts_for(actor, commitment, commitment.verifier_id, Commitment.VERIFY_LINK)
        and not side_of(commitment) & _organizations(actor)
        and barred(commitment) is None
        and (commitment.state == Commitment.State.REPORTED or _was_reported_as_done(commitment))
    )


def _was_reported_as_done(commitment: Commitment) -> bool:
    """No query of a row that was read for its reader."""
    known: bool | None = getattr(commitment, "was_said_done", None)
    return known if known is not None else commitment.reports.filter(asks_verification=True).exists()


def reportable_by(actor: Actor) -> CommitmentQuerySet:
    """The list twin of ``can_report`` over what the actor sees."""
    return Commitment.objects.visible_to(actor).filter(
        _through(actor, "responsible", Commitment.REPORT_LINK),
        state__in=Commitment.REPORTABLE_STATES,
        provenance=Provenance.LIVE,
    )


def verifiable_by(actor: Actor) -> CommitmentQuerySet:
    """The list twin of ``can_verify`` over what the actor sees."""
    ids = _organizations(actor)
    answering = Organization.objects.filter(Q(commitments=OuterRef("pk")) | Q(co_commitments=OuterRef("pk")))
    own = answering.filter(Q(id__in=ids) | Q(parent__in=ids) | Q(children__in=ids))
    done = Report.objects.filter(commitment=OuterRef("pk"), asks_verification=True)
    waits = Q(state=Commitment.State.REPORTED) | Q(Exists(done), state=Commitment.State.DISPUTED)
    verifier = Coalesce("verifier__sector_override", "verifier__sector_type__sector")
    responsible = Coalesce("responsible__sector_override", "responsible__sector_type__sector")
    return (
        Commitment.objects.visible_to(actor)
        .filter(
            waits,
            _through(actor, "verifier", Commitment.VERIFY_LINK),
            ~Exists(own),
            provenance=Provenance.LIVE,
        )
        .exclude(Exists(_bars_by_descent()))
        .alias(verifier_sector=verifier, responsible_sector=responsible)
        .exclude(mesa__verifier_of_another_sector=True, verifier_sector=F("responsible_sector"))
    )


def _bars_by_descent() -> QuerySet[Organization]:
    """Those that answer for it and are the verifier, its parent or one of its parts."""
    answering = Organization.objects.filter(Q(commitments=OuterRef("pk")) | Q(co_commitments=OuterRef("pk")))
    verifier = OuterRef("verifier")
    return answering.filter(Q(pk=verifier) | Q(parent=verifier) | Q(children=verifier))


def _organizations(actor: Actor) -> set[int]:
    return {*actor.organization_ids, *([actor.link.organization_id] if actor.link else [])}


def _opens(actor: Actor, purpose: str) -> int | None:
    """The commitment the actor's link opens for this purpose."""
    return actor.link.subject_id if actor.link and actor.link.purpose == purpose else None


def acts_for(actor: Actor, commitment: Commitment, organization_id: int, purpose: str) -> bool:
    """Whether the actor speaks for that organization here: by its link of that purpose, or as its head or focal point."""
    if (
        _opens(actor, purpose) == commitment.pk
        and actor.link
        and actor.link.organization_id == organization_id
    ):
        return True
    return organization_id in speaks_by_post(actor, commitment)


def _through(actor: Actor, side: str, purpose: str) -> Q:
    posts = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS).values("organization")
    found = Q(**{f"{side}__in": posts})
    opened = _opens(actor, purpose)
    if opened is not None and actor.link:
        found |= Q(**{"id": opened, side: actor.link.organization_id})
    return found
