"""The living mesas: fictitious, plainly marked, and written through the same actions as everything else.

Each act happens at its own past instant (``now=``), so that history and activities are real. Letters follow from the
state of things and each has its last useful moment, so an old act sends nothing. Activities older than
``STALE_AFTER`` are marked as dispatched when they happened: their sessions are over, or told by younger ones.
Those about commitments stay in the queue, for a due date may be near.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db.models import F
from django.utils import translation

from accounts.actor import Actor, LinkScope
from coordination.activity.models import Activity
from coordination.attendees import actions as attendee_actions
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.commitments.agenda.actions.reviewing import freeze, note_asked, settle
from coordination.commitments.agenda.reviewing import asking_at, to_ask
from coordination.commitments.models import Commitment
from coordination.demo import (
    after,
    before,
    calling,
    delegations,
    following,
    people,
    programme,
    promising,
    roads,
)
from coordination.demo.facts import QUITO, organizations_by_id
from coordination.demo.files import BrokenData, pick, read
from coordination.mesas import actions as mesa_actions
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.organizations.models import Organization, Person
from coordination.polls import actions as poll_actions
from coordination.polls.models import Ballot
from coordination.sessions import actions as session_actions
from coordination.sessions.models import AgendaItem, Block, Session
from coordination.sessions.rooms import Room
from coordination.taxonomies.models import Canton, Province, Sector, ThematicAxis

STALE_AFTER = timedelta(days=7)
HOLIDAYS = {
    (1, 1),
    (5, 1),
    (12, 25),
}  # the ones that are a day off everywhere; nobody would believe a session on them
EARLIEST, LATEST = time(6, 30), time(20)  # when a session that "starts soon" may begin


def load(*, folder: Path, now: datetime) -> None:
    """Plays the mesas around ``now``, inside the caller's transaction. Raises BrokenData."""
    file = read(folder, "living.json")
    with translation.override("es"):
        try:
            actors = people.load(folder=folder, on=now.astimezone(QUITO).date())
            _open_rooms(file["rooms"])
            for row in file["mesas"]:
                _Player(row, actors, now).play(file["fictitious"])
            after.inherit(file["circles"], actors=actors, now=now)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BrokenData(f"people.json or living.json: {type(error).__name__}: {error}") from error
    Person.objects.update(is_fictitious=True)
    stale = Activity.objects.filter(occurred_at__lt=now - STALE_AFTER, dispatched_at=None)
    stale.exclude(subject_type="commitment").update(dispatched_at=F("occurred_at"))


class _Player:
    """One mesa of the file, act by act."""

    def __init__(self, row: dict[str, Any], actors: dict[str, Actor], now: datetime) -> None:
        self.row, self.actors, self.now = row, actors, now
        self.today = now.astimezone(QUITO).date()
        self.secretariat = actors[row["by"]]
        self.organizations = organizations_by_id()
        # What is still to happen to its commitments: (commitment, step).
        self.steps: list[tuple[int, dict[str, Any]]] = []

    def play(self, fictitious: dict[str, str]) -> None:
        mesa = self._found(fictitious)
        for row in self.row["sessions"]:
            self._hold(mesa, row)
        self._catch_up(0)
        roads.plan(mesa, self.row.get("milestones", []), today=self.today, by=self.secretariat, at=self.at)
        helped = {"find": self._organization, "by": self.secretariat, "at": self.at}
        roads.ally(mesa, self.row.get("supports", []), **helped)
        if "poll" in self.row:
            self._ask(mesa, self.row["poll"])
        if row := self.row.get("series"):
            first = self._working_day(row["day"], row["starts"]).date()
            programme.repeat(mesa, row, first=first, by=self.secretariat, now=self.now)

    def at(self, days: int, clock: str = "10:00") -> datetime:
        """That hour in Quito, so many days from today; never later than now for something past."""
        day = self.today + timedelta(days=days)
        instant = datetime.combine(day, time.fromisoformat(clock), tzinfo=QUITO)
        return min(instant, self.now) if days == 0 else instant

    def _found(self, fictitious: dict[str, str]) -> Mesa:
        row, when = self.row, self.at(self.row["created"])
        texts = ("name_es", "name_en", "objectives_es", "objectives_en", "code_prefix", "kind", "level")
        rules = ("quorum_organizations", "quorum_sectors", "notice_days", "delegation_size", "rhythm_days")
        mesa = mesa_actions.create(
            **{name: row[name] for name in texts + rules},
            province=Province.objects.get(code=row["province"]) if "province" in row else None,
            canton=Canton.objects.get(code=row["canton"]) if "canton" in row else None,
            parent=Mesa.objects.live().get(code_prefix=row["parent"]) if "parent" in row else None,
            axis_ids=ThematicAxis.objects.filter(code__in=row["axes"]).values_list("id", flat=True),
            expected_sector_ids=Sector.objects.filter(code__in=row.get("expected_sectors", [])).values_list(
                "id", flat=True
            ),
            expected_levels=row.get("expected_levels", []),
            by=self.secretariat,
            now=when,
        )
        Mesa.objects.filter(pk=mesa.pk).update(notes=[fictitious])
        self._seat(mesa, row["members"], Seat.Role.MEMBER, Seat.Voting.VOICE_VOTE, when)
        if row["observers"]:
            self._seat(mesa, row["observers"], Seat.Role.OBSERVER, Seat.Voting.VOICE, when)
        mandate = SecretariatMandate.objects.get(mesa=mesa)
        for partner in (self.actors[name] for name in row.get("joint", [])):
            mandate.organizations.add(*partner.organization_ids)
            mandate.posts.add(*partner.post_ids)
        if "instrument" in row:
            SecretariatMandate.objects.filter(pk=mandate.pk).update(instrument=row["instrument"])
        if "delegations" in row:
            told = {"find": self._organization, "by": self.secretariat, "now": when}
            delegations.fix(mesa, row["delegations"], **told)
        return mesa

    def _seat(self, mesa: Mesa, ids: Iterable[str], role: str, voting: str, when: datetime) -> None:
        organization_ids = [self._organization(name).pk for name in ids]
        mesa_actions.seat(
            mesa_id=mesa.pk,
            organization_ids=organization_ids,
            role=role,
            voting=voting,
            by=self.secretariat,
            now=when,
        )

    def _hold(self, mesa: Mesa, row: dict[str, Any]) -> None:
        """As much of a session's life as its row tells."""
        session = self._schedule(mesa, row)
        by = self.secretariat
        if "announced" in row:
            session_actions.announce(session_id=session.pk, by=by, now=self.at(row["announced"]))
        if "convened" not in row:
            return
        called = self.at(row["convened"])
        calling.call(session, row, by=by, now=called)
        for answer in row.get("answers", []):
            self._answer(session, answer)
        delegations.go_on(session, row, find=self._organization, at=self.at)
        before.bring(session, row, by=by, at=self.at)
        calling.call_again(session, row, by=by, at=self.at)
        self._ask_how_it_stands(session)
        if session.ends_at is None or session.ends_at > self.now:
            return
        self._register(session, row)
        self._record(session, row)
        self._catch_up(row["day"])
        if "closed" in row:
            closing = self.at(row["closed"])
            attendee_actions.close_attendance(session_id=session.pk, by=by, now=closing)
            session_actions.close(session_id=session.pk, result=Session.State.HELD, by=by, now=closing)
            freeze(session_id=session.pk, now=closing)
            settle(session_id=session.pk, now=closing)
            done = closing + timedelta(days=3)
            session_actions.complete_task(session_id=session.pk, kind="follow_up", by=by, now=done)
            after.write(session, row, find=self._organization, by=by, at=self.at)
        after.share(session, row, actors=self.actors, by=by, at=self.at)
        roads.refer(mesa, session, row.get("raised", []), by=by, at=self.at)

    def _schedule(self, mesa: Mesa, row: dict[str, Any]) -> Session:
        starts = self._soon() if row["starts"] == "soon" else self._working_day(row["day"], row["starts"])
        canton = Canton.objects.get(code=row["canton"])
        closes = starts - timedelta(days=row["registration_closes"]) if "registration_closes" in row else None
        planned = self.at(row["scheduled"])
        session = session_actions.schedule(
            mesa_id=mesa.pk,
            **{name: row[name] for name in ("kind", "modality", "venue")},
            topic=row["topic_es"],
            time_zone="America/Guayaquil",
            starts_at=starts,
            ends_at=starts + timedelta(hours=row["hours"]),
            address=row.get("address", ""),
            canton_id=canton.pk,
            capacity=row.get("capacity"),
            online_url=row.get("online_url", ""),
            room_id=_room(row.get("room")),
            online_account_id=_room(row.get("online_account")),
            registration_closes_at=closes,
            by=self.secretariat,
            now=planned,
        )
        Session.objects.filter(pk=session.pk).update(topic_en=row["topic_en"])
        for line in row["agenda"]:
            item = session_actions.add_item(
                session_id=session.pk,
                kind=line["kind"],
                title=line["title_es"],
                minutes=line["minutes"],
                presenter=line["presenter"],
                by=self.secretariat,
                now=planned,
            )
            AgendaItem.objects.filter(pk=item.pk).update(title_en=line["title_en"])
        programme.add_blocks(session, row.get("blocks", []), by=self.secretariat, now=planned)
        after.let_in(session, row, actors=self.actors, by=self.secretariat, now=planned)
        return session

    def _working_day(self, days: int, clock: str) -> datetime:
        """Weekends and holidays move on, or back for what is over; yesterday stays yesterday."""
        day = self.today + timedelta(days=days)
        while (day.weekday() > 4 or (day.month, day.day) in HOLIDAYS) and days != -1:
            day += timedelta(days=1 if days > 0 else -1)
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=QUITO)

    def _soon(self) -> datetime:
        """Later today: in an hour and a half where the day allows it, so that the two-hour reminder is due.

        Before dawn it is at eight; late in the evening the session has already begun.
        """
        local = self.now.astimezone(QUITO)
        hour = local.replace(minute=0, second=0, microsecond=0)
        if local.time() < EARLIEST:
            return hour.replace(hour=8)
        if local.time() > LATEST:
            return hour
        return hour + timedelta(hours=1, minutes=30 if local.minute < 30 else 45)

    def _answer(self, session: Session, row: dict[str, Any]) -> None:
        """As the focal point does it: by the link, without an account."""
        organization = self._organization(row["organization"])
        invitation = Invitation.objects.get(session=session, organization=organization)
        when = max(self.at(row["on"], "11:30"), invitation.created_at + timedelta(hours=1))
        by = Actor(link=LinkScope(Invitation.LINK_PURPOSE, invitation.pk, organization.pk))
        attendee_actions.mark_seen(invitation_id=invitation.pk, by=by, now=when)
        told = {"invitation_id": invitation.pk, "version": invitation.version, "by": by, "now": when}
        if row["state"] == Invitation.State.DECLINED:
            attendee_actions.decline(note=row["note"], **told)
        elif row["state"] == Invitation.State.ACCEPTED:
            delegates = [
                attendee_actions.DelegateData(
                    email=people.address_of(one["name"], row["organization"]), **one
                )
                for one in row["people"]
            ]
            attendee_actions.answer(modality=row["modality"], delegates=delegates, **told)

    def _ask(self, mesa: Mesa, row: dict[str, Any]) -> None:
        """Proposes dates, and lets some organizations answer by their links."""
        starts = dict.fromkeys(self._working_day(day, clock) for day, clock in row["dates"])
        poll = poll_actions.open_poll(
            mesa_id=mesa.pk,
            **{name: row[name] for name in ("topic", "kind", "modality", "venue", "message", "minutes")},
            time_zone="America/Guayaquil",
            starts=list(starts),
            closes_at=self.at(row["closes"], "23:59"),
            must_attend_ids=[self._organization(name).pk for name in row["must_attend"]],
            by=self.secretariat,
            now=self.at(row["asked"]),
        )
        options = list(poll.options.all())
        for line in row["answers"]:
            ballot = poll.ballots.get(organization=self._organization(line["organization"]))
            poll_actions.answer(
                ballot_id=ballot.pk,
                version=ballot.version,
                answers={one.pk: given for one, given in zip(options, line["given"], strict=False)},
                name=line["name"],
                remark=line.get("remark", ""),
                by=Actor(link=LinkScope(Ballot.LINK_PURPOSE, ballot.pk, ballot.organization_id)),
                now=self.at(line["on"], "11:30"),
            )

    def _register(self, session: Session, row: dict[str, Any]) -> None:
        """Marks at the door; absences are left to the closing of the register. To a closed block comes its circle."""
        block = Block.objects.get(session=session, is_casa_adentro=False)
        closed = Block.objects.filter(session=session, is_casa_adentro=True)
        inside = set(session.circle.current().values_list("person", flat=True))
        when = block.starts_at + timedelta(minutes=10)
        coming = Delegate.objects.current().filter(invitation__session=session).select_related("person")
        for delegate in coming:
            if delegate.person.name in row.get("absent", []):
                continue
            self._mark(block, delegate, when)
            for one in closed if delegate.person_id in inside else []:
                self._mark(one, delegate, one.starts_at + timedelta(minutes=10))
        if walk_in := row.get("walk_in"):
            attendee_actions.add_walk_in(
                block_id=block.pk,
                organization_id=self._organization(walk_in["organization"]).pk,
                name=walk_in["name"],
                client_id=uuid.uuid4(),
                by=self.secretariat,
                now=when,
            )

    def _mark(self, block: Block, delegate: Delegate, when: datetime) -> None:
        attendee_actions.mark_attendance(
            block_id=block.pk,
            delegate_id=delegate.pk,
            status=Attendance.Status.PRESENT,
            client_id=uuid.uuid4(),
            by=self.secretariat,
            now=when,
        )

    def _record(self, session: Session, row: dict[str, Any]) -> None:
        assert session.ends_at is not None  # noqa: S101  live sessions have a time
        when = min(session.ends_at, self.now)
        for line in row.get("outcomes", []):
            outcome = session_actions.record_outcome(
                item_id=after.item_of(session, line["item"]).pk,
                kind=line["kind"],
                text=line["text"],
                by=self.secretariat,
                now=when,
            )
            if told := line.get("commitment"):
                given = {"find": self._organization, "actors": self.actors, "today": self.today}
                made = promising.promise(outcome.pk, told, by=self.secretariat, now=when, **given)
                self.steps += [(made.pk, step) for step in told.get("steps", [])]
        after.say(session, row, find=self._organization, by=self.secretariat, now=when)

    def _ask_how_it_stands(self, session: Session) -> None:
        """What the clock does some days before a session: organizations are asked, and their silence will show."""
        session = Session.objects.select_related("mesa").get(pk=session.pk)  # convened since it was read
        at = asking_at(session)
        if at is None or at > self.now:
            return
        self._catch_up((at.astimezone(QUITO).date() - self.today).days - 1)
        for organization_id, asked in to_ask(session, at).items():
            ids = [one.pk for one in asked]
            note_asked(session_id=session.pk, organization_id=organization_id, commitment_ids=ids, at=at)

    def _catch_up(self, until: int) -> None:
        """Plays what happened to the mesa's commitments up to that day, in its order."""
        due = [line for line in self.steps if line[1]["on"] <= until]
        self.steps = [line for line in self.steps if line[1]["on"] > until]
        for commitment_id, step in sorted(due, key=lambda line: line[1]["on"]):
            commitment = Commitment.objects.select_related("mesa").get(pk=commitment_id)
            by, when = self.actors[step["by"]], self.at(self._in_office(step["on"]), "16:00")
            following.do(following.Act(commitment, step, by, when, self.today, self._organization))

    def _in_office(self, days: int) -> int:
        """What would fall on a weekend was done on the Friday before."""
        return days - max(0, (self.today + timedelta(days=days)).weekday() - 4)

    def _organization(self, name: str) -> Organization:
        return pick(self.organizations, name, f"living.json, {self.row['key']}")


def _open_rooms(rows: Iterable[dict[str, Any]]) -> None:
    organizations = organizations_by_id()
    for row in rows:
        Room.objects.create(
            organization=pick(organizations, row["organization"], "living.json, rooms"),
            name=row["name"],
            is_online_account=row.get("is_online_account", False),
            address=row.get("address", ""),
            canton=Canton.objects.get(code=row["canton"]) if "canton" in row else None,
            capacity=row["capacity"],
            access=row["access"],
        )


def _room(name: str | None) -> int | None:
    return Room.objects.get(name=name).pk if name else None
