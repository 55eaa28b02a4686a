"""What the summaries tell: reads for the daily one of a person and the weekly one of an organization.

The daily summary lists what went by its way since the last one that left; the weekly one is worked out from the
state of things, with the rights of its reader at that moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from accounts.actor import Actor
from coordination.attendees.models import Delegate, Invitation
from coordination.commitments.inbox.queries import VERIFIER, beside, with_named_step, with_step
from coordination.commitments.lights import by_urgency, with_light
from coordination.commitments.models import Commitment, ExtensionRequest, NonFulfilment
from coordination.notifications.kinds import DAILY_DIGEST, ORGANIZATION_DIGEST
from coordination.notifications.models import Notification
from coordination.notifications.planner import Addressee, next_summary, week_number
from coordination.notifications.queries import Mailboxes, mailboxes
from coordination.sessions.models import Session

STATE, CHANNEL = Notification.State, Notification.Channel
LEFT = (STATE.SENDING, STATE.SENT, STATE.UNKNOWN, STATE.FAILED)
KEEP = timedelta(days=14)  # how far back a summary reaches when the ones before it never left
MOST = 100  # lines in one summary; who has more reads the inbox
AHEAD = timedelta(days=60)
WEEK = timedelta(days=7)  # how long an answer is news


def zone() -> ZoneInfo:
    """The zone of summaries: one person's rows may belong to mesas in several."""
    return ZoneInfo(settings.TIME_ZONE)


def collected(person_id: int, now: datetime) -> list[datetime]:
    """The moments at which something was kept for this person's summary lately. One query."""
    rows = Notification.objects.filter(
        recipient=person_id, channel=CHANNEL.DIGEST, state=STATE.SENT, sent_at__gt=now - timedelta(days=2)
    )
    return [at for at in rows.values_list("sent_at", flat=True) if at]


def daily_rows(row: Notification) -> list[Notification]:
    """What this summary may tell: kept since the one before it that left, until its own morning. Two queries."""
    before = (
        Notification.objects.filter(
            recipient=row.recipient_id, kind=DAILY_DIGEST, state__in=LEFT, due_at__lt=row.due_at
        )
        .exclude(pk=row.pk)
        .order_by("-due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    since = max(before or row.due_at - KEEP, row.due_at - KEEP)
    rows = Notification.objects.filter(
        recipient=row.recipient_id,
        channel=CHANNEL.DIGEST,
        state=STATE.SENT,
        sent_at__gte=since,
        sent_at__lt=row.due_at,
    )
    return list(rows.select_related("recipient", "organization").order_by("-sent_at", "-id")[:MOST])


def people_to_summarize(now: datetime) -> list[int]:
    """Who has something kept and no row yet for the morning that tells it. Two queries."""
    lately = now - timedelta(days=2)
    kept = Notification.objects.filter(channel=CHANNEL.DIGEST, state=STATE.SENT, sent_at__gt=lately)
    wanted = {
        (person, next_summary(at, zone()))
        for person, at in kept.values_list("recipient_id", "sent_at")
        if at is not None
    }
    there = set(
        Notification.objects.filter(
            kind=DAILY_DIGEST, recipient__in={person for person, _ in wanted}, due_at__gt=lately
        ).values_list("recipient_id", "due_at")
    )
    return sorted({person for person, morning in wanted - there if morning + timedelta(days=1) > now})


def organizations_to_summarize(now: datetime, monday: datetime) -> list[int]:
    """Who has something going on and no row yet for that week. Four queries."""
    there = Notification.objects.filter(
        kind=ORGANIZATION_DIGEST, version=week_number(monday.astimezone(zone()).date())
    ).values_list("subject_id", flat=True)
    return sorted(busy_organizations(now) - set(there))


def busy_organizations(now: datetime) -> set[int]:
    """Invited to something ahead; answering for, verifying or following something open; asked to confirm; answered.
    Seven queries."""
    called = Invitation.objects.filter(session__in=Session.objects.live().ahead(now).order_by())
    answering = Commitment.objects.open()
    verifying = answering.filter(state=Commitment.State.REPORTED, verifier__isnull=False)
    return {
        *called.values_list("organization_id", flat=True),
        *(pk for pk in answering.values_list("responsible_id", flat=True) if pk),
        *(pk for pk in verifying.values_list("verifier_id", flat=True) if pk),
        *(pk for pk in answering.values_list("co_responsible", flat=True) if pk),
        *(pk for pk in answering.values_list("follow_up_owner__organization", flat=True) if pk),
        *NonFulfilment.objects.filter(answered_at=None).values_list("second_id", flat=True),
        *ExtensionRequest.objects.filter(answered_at__gt=now - WEEK).values_list(
            "organization_id", flat=True
        ),
    }


def readers_of(organization_id: int, now: datetime) -> list[Addressee]:
    """Who gets the week: whoever is written to for the organization, and who holds a post of it that follows something.

    What is followed behind closed doors brings nobody a mail: that it came would tell of it. Two queries.
    """
    boxes = mailboxes([organization_id], timezone.localdate(now))
    rows = Commitment.objects.open().filter(
        follow_up_owner__organization=organization_id, is_casa_adentro=False
    )
    posts = rows.order_by("follow_up_owner").values_list("follow_up_owner", flat=True).distinct()
    found = (boxes.of(organization_id), *(boxes.by_post.get(post) for post in posts if post))
    return list({to.person_id: to for to in found if to}.values())


@dataclass(frozen=True)
class Week:
    """Everything due of one organization in all its mesas; what is closed is only counted.

    ``commitments`` are those it answers for, alone or with others; ``role`` says which, ``step`` what it does next.
    ``posts`` are the titles through which the reader follows, where that is all they are told of.
    """

    invitations: list[Invitation]
    coming: list[Invitation]
    commitments: list[Commitment]
    to_verify: list[Commitment]
    reserved: int
    to_confirm: list[NonFulfilment] = field(default_factory=list)
    answers: list[ExtensionRequest] = field(default_factory=list)
    followed: list[Commitment] = field(default_factory=list)
    posts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        due = self.invitations or self.coming or self.commitments or self.to_verify or self.reserved
        return bool(due or self.to_confirm or self.answers or self.followed)


def week_of(organization_id: int, reader: Actor, now: datetime) -> Week:
    """What the organization's reader may see of it. Eight queries, however much there is; two for who only follows."""
    boxes = mailboxes([organization_id], timezone.localdate(now))
    to = boxes.of(organization_id)
    if to is None or to.person_id != reader.person_id:
        return _week_of_posts(boxes, reader, now)
    ahead = Session.objects.live().ahead(now).filter(state=Session.State.CONVENED, starts_at__lt=now + AHEAD)
    called = list(
        Invitation.objects.visible_to(reader)
        .filter(organization=organization_id, session__in=ahead.order_by())
        .exclude(state=Invitation.State.DECLINED)
        .select_related("session__mesa")
        .prefetch_related(
            Prefetch(
                "delegates",
                Delegate.objects.with_a_place().in_order().select_related("person"),
                to_attr="going",
            )
        )
        .order_by("session__starts_at", "id")
    )
    seen = Commitment.objects.visible_to(reader).open().select_related("mesa", "responsible")
    today = timezone.localdate(now)
    sides = with_step(beside(reader, organization_id), organization_id, today).open()
    answering = with_named_step(
        with_light(
            by_urgency(sides.exclude(role=VERIFIER).select_related("mesa", "responsible"), today), today
        )
    )
    verifying = list(
        seen.filter(verifier=organization_id, state=Commitment.State.REPORTED).order_by("due_on", "id")
    )
    confirming = NonFulfilment.objects.visible_to(reader).filter(second=organization_id, answered_at=None)
    told = ExtensionRequest.objects.visible_to(reader).filter(
        organization=organization_id, answered_at__gt=now - WEEK, answered_at__lte=now
    )
    to_confirm = list(confirming.select_related("commitment__mesa", "commitment__responsible"))
    answers = list(told.select_related("commitment__mesa", "extension"))
    # What it answers for itself is told above; what a post follows that somebody else holds goes there.
    elsewhere = [post for post, holder in boxes.by_post.items() if holder.person_id != reader.person_id]
    following = seen.filter(follow_up_owner__organization=organization_id).exclude(
        pk__in=[row.pk for row in answering]
    )
    followed = with_light(by_urgency(following.exclude(follow_up_owner__in=elsewhere), today)[:MOST], today)
    closed = [row for row in called if row.session.is_casa_adentro]
    hanging = [*(row.commitment for row in to_confirm), *(row.commitment for row in answers)]
    hidden = {row.pk for row in _closed([*answering, *verifying, *hanging, *followed])}
    reserved = len(closed) + len(hidden)
    silent = (Invitation.State.PENDING, Invitation.State.SEEN)
    open_ = [row for row in called if not row.session.is_casa_adentro]
    return Week(
        invitations=[row for row in open_ if row.state in silent],
        coming=[row for row in open_ if row.state not in silent],
        commitments=[row for row in answering if not row.is_casa_adentro],
        to_verify=[row for row in verifying if not row.is_casa_adentro],
        reserved=reserved,
        to_confirm=[row for row in to_confirm if not row.commitment.is_casa_adentro],
        answers=[row for row in answers if not row.commitment.is_casa_adentro],
        followed=[row for row in followed if not row.is_casa_adentro],
    )


def _week_of_posts(boxes: Mailboxes, reader: Actor, now: datetime) -> Week:
    """For who holds a post that follows commitments and is not written to for the organization: these alone."""
    own = [post for post, holder in boxes.by_post.items() if holder.person_id == reader.person_id]
    today = timezone.localdate(now)
    rows = Commitment.objects.visible_to(reader).open().filter(follow_up_owner__in=own)
    shown = rows.select_related("mesa", "responsible", "follow_up_owner")
    followed = with_light(by_urgency(shown, today)[:MOST], today)
    open_ = [row for row in followed if not row.is_casa_adentro]
    titles = dict.fromkeys(row.follow_up_owner.title for row in followed if row.follow_up_owner)
    reserved = len(followed) - len(open_)
    return Week([], [], [], [], reserved, followed=open_, posts=tuple(titles))


def _closed(commitments: Iterable[Commitment]) -> list[Commitment]:
    return [row for row in commitments if row.is_casa_adentro]
