"""What was sent, to whom, and what happened: reads over rows that somebody may see (``permissions.readable_by``).

Every function takes the rows it may look at, and asks a constant number of queries.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Value,
)
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.activity.models import Activity
from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.models import Commitment, Referral, VerificationCode
from coordination.common.compiled import compiled
from coordination.common.models import Plain
from coordination.common.search import HasWords
from coordination.minutes.models import SharingSheet
from coordination.notifications.kinds import CLOSED_PART
from coordination.notifications.models import Notification
from coordination.organizations.models import SPEAKING_POSTS, JoinRequest, Organization, Person, Tenure
from coordination.polls.models import DatePoll
from coordination.sessions.models import Session, SessionQuerySet

STATE = Notification.State
BOUNCING = 2  # refused mails in a row after which an address is taken for dead (design: reminders 8)
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


class Group(TextChoices):
    """How people ask for messages: what became of them, in five words."""

    LEFT = "left", pgettext_lazy("messages", "Sent")
    AHEAD = "ahead", _("Waiting to be sent")
    PROBLEM = "problem", _("With a problem")
    HELD = "held", pgettext_lazy("messages", "Held back")
    DROPPED = "dropped", _("No longer needed")


STATES_OF = {
    Group.LEFT: (STATE.SENT,),
    Group.AHEAD: (STATE.PLANNED, STATE.CLAIMED, STATE.SENDING),
    Group.PROBLEM: (STATE.FAILED, STATE.UNKNOWN, STATE.EXPIRED),
    Group.HELD: (STATE.HELD,),
    Group.DROPPED: (STATE.SUPERSEDED,),
}
_GROUP_OF = {state: group for group, states in STATES_OF.items() for state in states}


@dataclass(frozen=True)
class About:
    """What a message is about, as a link says it."""

    title: str
    url: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Deaf:
    """Somebody, or an organization, that mail does not reach."""

    name: str
    organization: str
    slug: str
    bounces: bool


@dataclass(frozen=True)
class Coming:
    """Messages of one kind that leave together, or left."""

    kind: str
    at: datetime
    people: int
    held: bool = False


def found(
    rows: "QuerySet[Notification]",
    *,
    text: str = "",
    kind: str = "",
    mesa_id: int | None = None,
    session: Session | None = None,
    commitment: Commitment | None = None,
) -> "QuerySet[Notification]":
    """The rows that match. The text looks at people, organizations, addresses, sessions and commitments, blind to accents."""
    if kind:
        rows = rows.filter(kind=kind)
    if mesa_id is not None:
        rows = rows.filter(mesa_id=mesa_id)
    if session is not None:
        rows = rows.filter(root_type="session", root_id=session.pk)
    if commitment is not None:
        rows = rows.filter(_of_commitments(Commitment.objects.filter(pk=commitment.pk)))
    return rows.filter(_like(text)) if text else rows


def counted(rows: "QuerySet[Notification]") -> dict[str, int]:
    """How many rows are in each group, all groups named. One query."""
    counts = dict.fromkeys(Group.values, 0)
    for state, count in rows.order_by().values_list("state").annotate(n=Count("id")):
        counts[_GROUP_OF[Notification.State(state)].value] += count
    return counts


def listed(rows: "QuerySet[Notification]", group: str = "") -> "QuerySet[Notification]":
    """One group with what a row shows: what is ahead soonest first, the rest latest first."""
    rows = rows.select_related("recipient", "organization")
    if group:
        rows = rows.filter(state__in=STATES_OF[Group(group)])
    return rows.order_by("due_at", "id") if group == Group.AHEAD else rows.order_by("-due_at", "-id")


def abouts(rows: Iterable[Notification]) -> dict[tuple[str, int], About]:
    """What each row is about, by its plan. One query for each type of plan among them."""
    roots = {(row.root_type, row.root_id) for row in rows}
    ids = {kind: [pk for found_kind, pk in roots if found_kind == kind] for kind, _pk in roots}
    told: dict[tuple[str, int], About] = {}
    if wanted := ids.get("session"):
        for session in Session.objects.filter(pk__in=wanted).select_related("mesa"):
            told["session", session.pk] = About(session.title, session.get_absolute_url(), session.zone.key)
    for commitment, code in _commitments(ids.get("commitment", []), ids.get("verificationcode", [])):
        about = About(str(commitment), commitment.get_absolute_url(), commitment.mesa.zone.key)
        told["commitment", commitment.pk] = about
        if code:
            told["verificationcode", code] = about
    if wanted := ids.get("datepoll"):
        for poll in DatePoll.objects.filter(pk__in=wanted):
            told["datepoll", poll.pk] = About(str(poll), poll.get_absolute_url(), poll.zone.key)
    if wanted := ids.get("sharingsheet"):
        for sheet in SharingSheet.objects.filter(pk__in=wanted).select_related("session__mesa"):
            session = sheet.session
            told["sharingsheet", sheet.pk] = About(sheet.title, session.get_absolute_url(), session.zone.key)
    if wanted := ids.get("referral"):
        for one in Referral.objects.filter(pk__in=wanted).select_related("target"):
            url = reverse("commitments:referral", args=[one.public_id])
            told["referral", one.pk] = About(one.title, url, one.target.zone.key)
    if wanted := ids.get("joinrequest"):
        for pk, name in JoinRequest.objects.filter(pk__in=wanted).values_list("pk", "name"):
            told["joinrequest", pk] = About(name)
    return told


def _commitments(ids: list[int], codes: list[int]) -> Iterable[tuple[Commitment, int | None]]:
    """These commitments, and those of these codes with the code. One query, none for nothing."""
    rows = Commitment.objects.select_related("mesa")
    if not codes:
        return [(row, None) for row in rows.filter(pk__in=ids)] if ids else []
    asked = FilteredRelation("verification_codes", condition=Q(verification_codes__in=codes))
    rows = rows.annotate(asked=asked).filter(Q(pk__in=ids) | Q(asked__isnull=False))
    return [(row, row.asked_code) for row in rows.annotate(asked_code=F("asked__id"))]


def around(session: Session, *, inside: bool = False) -> tuple[list[Coming], list[Coming]]:
    """What this session will send next, and what it sent last, by kind and hour. One query.

    Of its closed parts only for a reader who is ``inside`` the circle of the record.
    """
    found = _around.rows(session.pk, inside)
    told = [(state, Coming(kind, at, people, state == STATE.HELD)) for kind, state, at, people in found]
    return (
        sorted((row for state, row in told if state != STATE.SENT), key=lambda row: (row.at, row.kind)),
        sorted((row for state, row in told if state == STATE.SENT), key=lambda row: row.at, reverse=True),
    )


@compiled
def _around(session: int, inside: bool) -> "QuerySet[Any, Any]":
    rows = Notification.objects.filter(root_type="session", root_id=session).order_by()
    if not inside:
        rows = rows.exclude(kind=CLOSED_PART)
    people = Count("recipient", distinct=True)
    coming = (
        rows.filter(state__in=[STATE.PLANNED, STATE.CLAIMED, STATE.HELD])
        .values("kind", "rung", "state", at=F("due_at"))
        .annotate(people=people)
        .order_by("at", "kind")
    )
    gone = (
        rows.filter(state=STATE.SENT)
        .values("kind", "rung", "state")
        .annotate(at=Max("sent_at"), people=people)
        .order_by("-at", "kind")
    )
    columns = ("kind", "state", "at", "people")
    return coming.values_list(*columns)[:6].union(gone.values_list(*columns)[:3], all=True)


def not_reached(sessions: SessionQuerySet, on: date, limit: int = 50) -> list[Deaf]:
    """Who of these sessions gets no mail: delegates, and organizations none of whose speaking posts can be written to,
    nor whoever was named for the call.

    Without an address, or with one that refused the last two mails. One query.
    """
    delegates = (
        Delegate.objects.current()
        .filter(
            Q(person__email="") | Q(person__bounces__gte=BOUNCING),
            invitation__session__in=sessions.values("id"),
        )
        .order_by()
        .values_list(
            "person__name",
            "invitation__organization__name",
            "invitation__organization__slug",
            "person__bounces",
        )
    )
    organizations = (
        Invitation.objects.filter(
            ~Exists(speakers_reached("organization", on)),
            ~Exists(addressee_reached()),
            session__in=sessions.values("id"),
        )
        .order_by()
        .annotate(nobody=Value("", output_field=CharField()), none=Value(0))
        .values_list("nobody", "organization__name", "organization__slug", "none")
    )
    rows = delegates.union(organizations)[:limit]
    found = [Deaf(name, org, slug, bounces >= BOUNCING) for name, org, slug, bounces in rows]
    return sorted(found, key=lambda one: (one.organization, one.name))


def speakers_reached(organization: str, on: date) -> "QuerySet[Tenure]":
    """For a subquery: who speaks for the organization in the outer row's field on that day, and gets mail."""
    return Tenure.objects.current(on).filter(
        post__organization=OuterRef(organization),
        post__kind__in=SPEAKING_POSTS,
        person__in=Person.objects.exclude(Q(email="") | Q(bounces__gte=BOUNCING)),
    )


def addressee_reached() -> "QuerySet[Person]":
    """For a subquery: whoever was named for the invitation in the outer row, and gets mail."""
    return Person.objects.filter(pk=OuterRef("addressee")).exclude(Q(email="") | Q(bounces__gte=BOUNCING))


def by_hand(rows: Iterable[Notification]) -> list[Activity]:
    """What people did with these rows, oldest first. One query."""
    ids = [row.pk for row in rows]
    return list(
        Activity.objects.filter(subject_type="notification", subject_id__in=ids).order_by("occurred_at", "id")
    )


def copies_of(row: Notification) -> list[Notification]:
    """The same message, and every time it was sent again by hand. One query."""
    return list(Notification.objects.filter(**key_of(row)).order_by("copy"))


def key_of(row: Notification) -> dict[str, Any]:
    """What makes a message one and the same, its copies apart."""
    return {
        "kind": row.kind,
        "rung": row.rung,
        "subject_type": row.subject_type,
        "subject_id": row.subject_id,
        "recipient_id": row.recipient_id,
        "version": row.version,
    }


def _like(text: str) -> Q:
    wanted = Plain(Value(text))
    people = Person.objects.annotate(plain=Plain(F("name"))).filter(
        Q(plain__contains=wanted) | Q(email__icontains=text)
    )
    organizations = Organization.objects.filter(HasWords("plain_name", text))
    sessions = Session.objects.filter(_numbered(text) | Q(HasWords("plain_topic", text)))
    commitments = Commitment.objects.annotate(plain_prefix=Plain(F("mesa__code_prefix"))).filter(
        Q(HasWords("plain_statement", text)) | _coded(text)
    )
    return (
        Q(recipient__in=people.values("id"))
        | Q(organization__in=organizations.values("id"))
        | Q(root_type="session", root_id__in=sessions.values("id"))
        | _of_commitments(commitments)
    )


def _of_commitments(commitments: "QuerySet[Commitment]") -> Q:
    codes = VerificationCode.objects.filter(commitment__in=commitments.values("id"))
    return Q(root_type="commitment", root_id__in=commitments.values("id")) | Q(
        root_type="verificationcode", root_id__in=codes.values("id")
    )


def _numbered(text: str) -> Q:
    """III, 3, "III sesión": the number a session is called by."""
    first = text.split()[0].lower() if text.split() else ""
    number = int(first) if first.isdecimal() and len(first) < 5 else _roman(first)
    return Q(number=number) if number else Q(pk__in=[])


def _roman(word: str) -> int:
    if not word or set(word) - set(ROMAN):
        return 0
    values = [ROMAN[sign] for sign in word]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _coded(text: str) -> Q:
    """FS-014: the code a commitment is called by."""
    prefix, dash, number = text.strip().rpartition("-")
    if not (dash and number.isdecimal() and len(number) < 6):
        return Q(pk__in=[])
    return Q(plain_prefix=Plain(Value(prefix)), number=int(number))
