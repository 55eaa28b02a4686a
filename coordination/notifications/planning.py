"""Writes the difference between what should exist and what does. Asking twice changes nothing the second time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.models import (
    Commitment,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
    Referral,
    Report,
    VerificationCode,
)
from coordination.mesas.models import Mesa
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.notifications.agenda_facts import asking_facts, referral_facts
from coordination.notifications.agenda_planner import asking_messages, referral_messages
from coordination.notifications.digests import collected, readers_of, zone
from coordination.notifications.facts import commitment_facts, session_facts
from coordination.notifications.kinds import BY_EVENT
from coordination.notifications.minutes_facts import minutes_facts, sheet_facts
from coordination.notifications.minutes_planner import minutes_messages, sharing_messages
from coordination.notifications.models import CalendarReply, Notification
from coordination.notifications.planner import (
    Key,
    Message,
    commitment_messages,
    session_messages,
    summary_messages,
    week_messages,
)
from coordination.notifications.poll_facts import poll_facts
from coordination.notifications.poll_planner import poll_messages
from coordination.notifications.receipt_planner import receipt_messages
from coordination.notifications.settling_facts import settling_facts
from coordination.notifications.settling_planner import settling_messages
from coordination.organizations.actions import LINK_LIFE
from coordination.organizations.models import JoinRequest, Organization
from coordination.polls.models import Ballot, DatePoll
from coordination.sessions.models import AgendaProposal, Session

STATE = Notification.State
WAITING = (STATE.PLANNED, STATE.HELD)  # what somebody holds back stays held, and is taken back like the rest
ADVISORY_CLASS = {
    "session": 710_001,
    "commitment": 710_002,
    "joinrequest": 710_003,
    "verificationcode": 710_004,
    "datepoll": 710_005,
    "sharingsheet": 710_006,
    "referral": 710_007,
    "person": 710_011,
    "organization": 710_012,
}
DECISION_LIFE = timedelta(days=7)
_MESA_OF: dict[str, tuple[type[Model], str]] = {
    "session": (Session, "mesa_id"),
    "commitment": (Commitment, "mesa_id"),
    "verificationcode": (VerificationCode, "commitment__mesa_id"),
    "datepoll": (DatePoll, "mesa_id"),
    "sharingsheet": (SharingSheet, "session__mesa_id"),
    "referral": (Referral, "target_id"),
}


ITSELF = (
    "session",
    "commitment",
    "joinrequest",
    "verificationcode",
    "person",
    "datepoll",
    "sharingsheet",
    "referral",
)
# Whose plan they belong to, and by which way.
_ABOVE: dict[str, tuple[type[Model], str, str]] = {
    "minutes": (Minutes, "session_id", "session"),
    "minutescopy": (MinutesCopy, "minutes__session_id", "session"),
    "signcode": (SignCode, "copy__minutes__session_id", "session"),
    "clearance": (Clearance, "sheet_id", "sharingsheet"),
    "dispute": (Dispute, "commitment_id", "commitment"),
    "nonfulfilment": (NonFulfilment, "commitment_id", "commitment"),
    "extensionrequest": (ExtensionRequest, "commitment_id", "commitment"),
}


@dataclass(frozen=True)
class Change:
    """How many rows were added, revived and taken back."""

    added: int = 0
    revived: int = 0
    superseded: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(
            self.added + other.added, self.revived + other.revived, self.superseded + other.superseded
        )

    @property
    def news(self) -> int:
        return self.added + self.revived


@dataclass(frozen=True)
class Root:
    """What a plan is made for: a session with its invitations and delegates, a commitment with its reports."""

    subject_type: str
    id: int


def roots_of(subject_type: str, subject_id: int) -> list[Root]:
    """Whose plan may change when something happened to this subject. None for what nobody is written to about."""
    if subject_type in ITSELF:
        return [Root(subject_type, subject_id)]
    if subject_type in _ABOVE:
        model, path, root = _ABOVE[subject_type]
        found = model._default_manager.filter(pk=subject_id)
        return _roots(root, found.values_list(path, flat=True))
    if subject_type == "invitation":
        return _roots(
            "session", Invitation.objects.filter(pk=subject_id).values_list("session_id", flat=True)
        )
    if subject_type == "calendarreply":
        return _roots(
            "session", CalendarReply.objects.filter(pk=subject_id).values_list("session_id", flat=True)
        )
    if subject_type == "agendaproposal":  # one that was put off waits in no session
        asked = AgendaProposal.objects.filter(pk=subject_id, session__isnull=False)
        return _roots("session", asked.values_list("session_id", flat=True))
    if subject_type == "ballot":
        return _roots("datepoll", Ballot.objects.filter(pk=subject_id).values_list("poll_id", flat=True))
    if subject_type == "delegate":
        sessions = Delegate.objects.filter(pk=subject_id).values_list("invitation__session_id", flat=True)
        return _roots("session", sessions)
    if subject_type == "report":
        return _roots(
            "commitment", Report.objects.filter(pk=subject_id).values_list("commitment_id", flat=True)
        )
    return []


def roots_of_ladders(mesa_id: int, now: datetime) -> list[Root]:
    """Whose plan may change when a mesa's ladders or zone do: convened sessions ahead, and commitments with a step near.

    A commitment's steps become rows a day ahead, so that those whose dates lie off every step have nothing to change.
    """
    mesa = Mesa.objects.filter(pk=mesa_id).first()
    if mesa is None:
        return []
    sessions = Session.objects.live().filter(mesa=mesa, state=Session.State.CONVENED, starts_at__gt=now)
    waiting = Notification.objects.filter(
        mesa_id=mesa_id,
        root_type="commitment",
        kind__in=["commitment_due", "commitment_letter", "commitment_mend"],
        state__in=(*WAITING, STATE.CLAIMED),
    ).values_list("root_id", flat=True)
    today, steps = timezone.localdate(now), mesa.commitment_ladder or [0]
    near = (today - timedelta(days=max(steps) + 2), today + timedelta(days=2 - min(steps)))
    commitments = Commitment.objects.open().filter(mesa=mesa)
    near_ids = commitments.filter(due_on__range=near).values_list("id", flat=True)
    return _roots("session", sessions.values_list("id", flat=True)) + _roots(
        "commitment", sorted({*waiting, *near_ids})
    )


def replan(root: Root, now: datetime) -> Change:
    """Makes the rows of this root what its facts ask for.

    Planners of one root take turns, so that an older look at the facts never takes back what a newer one wrote.
    Rows that have left, or are being sent, are never touched.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [ADVISORY_CLASS[root.subject_type], root.id]
            )
        expected = {message.key: message for message in _EXPECTED[root.subject_type](root.id, now)}
        return _write(expected, root, now)


def _write(expected: dict[Key, Message], root: Root, now: datetime) -> Change:
    rows = {
        Key(row.kind, row.rung, row.subject_type, row.subject_id, row.recipient_id, row.version): row
        for row in Notification.objects.filter(root_type=root.subject_type, root_id=root.id, copy=0).exclude(
            kind__in=BY_EVENT
        )
    }
    timely = [message for message in expected.values() if message.not_after > now]
    new = [_row(message, root) for message in timely if message.key not in rows]
    _name_the_mesa(new, root)
    Notification.objects.bulk_create(new, ignore_conflicts=True)
    revived = 0
    for message in timely:
        row = rows.get(message.key)
        if row is None:
            continue
        if row.state == STATE.SUPERSEDED:
            revived += Notification.objects.filter(pk=row.pk, state=STATE.SUPERSEDED).update(
                state=STATE.PLANNED,
                due_at=message.due_at,
                not_after=message.not_after,
                next_try_at=message.due_at,
            )
        elif row.state in WAITING and (row.due_at, row.not_after) != (message.due_at, message.not_after):
            Notification.objects.filter(pk=row.pk, state=row.state).update(
                due_at=message.due_at, not_after=message.not_after, next_try_at=message.due_at
            )
    here = (*WAITING, STATE.CLAIMED)
    idle = [row.pk for key, row in rows.items() if key not in expected and row.state in here]
    taken_back = Notification.objects.filter(pk__in=idle, state__in=here).update(
        state=STATE.SUPERSEDED, lease_token=None, lease_until=None
    )
    return Change(len(new), revived, taken_back)


def _row(message: Message, root: Root) -> Notification:
    return Notification(
        **message.key._asdict(),
        root_type=root.subject_type,
        root_id=root.id,
        organization_id=message.organization_id,
        due_at=message.due_at,
        not_after=message.not_after,
        next_try_at=message.due_at,
    )


def _name_the_mesa(rows: list[Notification], root: Root) -> None:
    """Whose secretariat may look at these rows; what has no mesa is for administrators."""
    if not rows or root.subject_type not in _MESA_OF:
        return
    model, path = _MESA_OF[root.subject_type]
    mesa_id = model._default_manager.filter(pk=root.id).values_list(path, flat=True).first()
    for row in rows:
        row.mesa_id = mesa_id


def add(message: Message, now: datetime, root: Root | None = None) -> int:
    """Writes a message that follows an event, once; in the plan of its subject, unless another ``root`` is named."""
    if message.not_after <= now:
        return 0
    root = root or roots_of(message.key.subject_type, message.key.subject_id)[0]
    row = _row(message, root)
    _name_the_mesa([row], root)
    Notification.objects.bulk_create([row], ignore_conflicts=True)
    return 1


def _session(session_id: int, now: datetime) -> list[Message]:
    """What the meeting asks for, and what its minutes do."""
    facts = session_facts(session_id, now)
    if facts is None:
        return []
    told = [message for one in minutes_facts(session_id, now) for message in minutes_messages(one)]
    asking = asking_facts(session_id, now)
    return [
        *session_messages(facts),
        *(told if facts.state in ("convened", "held", "failed") else ()),
        *(asking_messages(asking, now) if asking else ()),
    ]


def _sheet(sheet_id: int, now: datetime) -> list[Message]:
    facts = sheet_facts(sheet_id, now)
    return sharing_messages(facts) if facts else []


def _referral(referral_id: int, now: datetime) -> list[Message]:
    facts = referral_facts(referral_id, now)
    return referral_messages(facts) if facts else []


def _commitment(commitment_id: int, now: datetime) -> list[Message]:
    facts = commitment_facts(commitment_id, now)
    told = settling_facts(commitment_id, now)
    settling = settling_messages(told) if told else []
    return [*commitment_messages(facts, now), *receipt_messages(facts, now), *settling] if facts else []


def _join_request(request_id: int, now: datetime) -> list[Message]:
    """The link that verifies the address, then the decision."""
    request = JoinRequest.objects.filter(pk=request_id, person__isnull=False).first()
    if request is None or request.person_id is None:
        return []
    if request.state == JoinRequest.State.UNCONFIRMED:
        key = Key("join_confirm", 0, "joinrequest", request.pk, request.person_id, request.link_generation)
        return [Message(key, request.link_expires_at - LINK_LIFE, request.link_expires_at, None)]
    if request.decided_at:
        approved = request.state == JoinRequest.State.APPROVED
        key = Key(
            "join_approved" if approved else "join_declined",
            0,
            "joinrequest",
            request.pk,
            request.person_id,
            1,
        )
        return [Message(key, request.decided_at, request.decided_at + DECISION_LIFE, request.organization_id)]
    return []


def _verification_code(code_id: int, now: datetime) -> list[Message]:
    code = VerificationCode.objects.filter(pk=code_id, spent_at=None).first()
    if code is None:
        return []
    key = Key("verify_code", 0, "verificationcode", code.pk, code.person_id, 1)
    return [Message(key, code.requested_at, code.expires_at, code.organization_id)]


def _poll(poll_id: int, now: datetime) -> list[Message]:
    facts = poll_facts(poll_id, now)
    return poll_messages(facts) if facts else []


def _person(person_id: int, now: datetime) -> list[Message]:
    return summary_messages(person_id, collected(person_id, now), zone())


def _organization(organization_id: int, now: datetime) -> list[Message]:
    """Its week, for whoever speaks for it today and whoever follows commitments for it, while it takes part."""
    if not Organization.objects.active().filter(pk=organization_id).exists():
        return []
    readers = readers_of(organization_id, now)
    return [message for to in readers for message in week_messages(organization_id, to, now, zone())]


_EXPECTED: dict[str, Callable[[int, datetime], list[Message]]] = {
    "session": _session,
    "commitment": _commitment,
    "joinrequest": _join_request,
    "verificationcode": _verification_code,
    "datepoll": _poll,
    "sharingsheet": _sheet,
    "referral": _referral,
    "person": _person,
    "organization": _organization,
}


def _roots(subject_type: str, ids: Iterable[int]) -> list[Root]:
    return [Root(subject_type, pk) for pk in ids]
