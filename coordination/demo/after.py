"""What follows a session of the demo: what was said, its minutes in every state, certificates, the circle and its sheet."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.actor import SYSTEM, Actor, LinkScope
from coordination.attendees.actions.certificates import issue_certificates
from coordination.minutes import clearing
from coordination.minutes.actions import (
    agreeing,
    approval,
    circulation,
    drafting,
    notes,
    observing,
    publishing,
    saying,
)
from coordination.minutes.actions import sharing as sharing_actions
from coordination.minutes.models import Minutes, MinutesCopy
from coordination.organizations.models import Organization, Person
from coordination.sessions.actions.circle import admit
from coordination.sessions.models import AgendaItem, CircleMember, Outcome, Session

At = Callable[[int], datetime]
Find = Callable[[str], Organization]


def let_in(
    session: Session, row: dict[str, Any], *, actors: dict[str, Actor], by: Actor, now: datetime
) -> None:
    """The circle of the record, where something of the session is casa adentro."""
    ids = [actors[name].person_id for name in row.get("circle", [])]
    if ids:
        admit(session_id=session.pk, person_ids=ids, level=CircleMember.Level.RECORD, by=by, now=now)


def inherit(circles: dict[str, list[str]], *, actors: dict[str, Actor], now: datetime) -> None:
    """Who may look inside a historic session today: the fictitious people of those that keep its mesa's secretariat."""
    for source_id, names in circles.items():
        session = Session.objects.get(source_id=source_id)
        CircleMember.objects.bulk_create(
            CircleMember(session=session, person_id=actors[name].person_id, level="record", since=now)
            for name in names
        )


def say(session: Session, row: dict[str, Any], *, find: Find, by: Actor, now: datetime) -> None:
    """Statements, figures, notes and how it was agreed, as a rapporteur writes them while the session runs."""
    for line in row.get("said", []):
        _say(item_of(session, line["item"]), line, find=find, by=by, now=now)
    for line in row.get("reservations", []):
        outcome = Outcome.objects.get(session=session, text=line["outcome"])
        agreeing.agree_by_consensus(outcome_id=outcome.pk, version=outcome.version, by=by, now=now)
        agreeing.record_reservation(
            outcome_id=outcome.pk,
            organization_id=find(line["organization"]).pk,
            text=line["text"],
            by=by,
            now=now,
        )


def write(session: Session, row: dict[str, Any], *, find: Find, by: Actor, at: At) -> None:
    """Plays ``minutes`` of a session's row: drafted, gone round, observed, approved by silence, published."""
    told = row["minutes"]
    minutes = drafting.draft(session_id=session.pk, language="es", by=by, now=at(told["drafted"]))
    if "circulated" not in told:
        return
    minutes = circulation.circulate(
        minutes_id=minutes.pk, version=minutes.edit_version, by=by, now=at(told["circulated"])
    )
    for line in told.get("observations", []):
        _observe(minutes, line, find=find, by=by, at=at)
    for name, day in told.get("agreed", {}).items():
        copy, link = _copy(minutes, find(name))
        circulation.mark_seen(copy_id=copy.pk, by=link, now=at(day))
        observing.agree(copy_id=copy.pk, by=link, now=at(day))
    if "published" in told:
        over = minutes.observations_until + timedelta(minutes=1)
        approval.approve_if_ripe(minutes_id=minutes.pk, by=SYSTEM, now=over)
        publishing.publish(minutes_id=minutes.pk, by=by, now=max(at(told["published"]), over))
        issue_certificates(session_id=session.pk, by=by, now=at(told["circulated"]))


def share(session: Session, row: dict[str, Any], *, actors: dict[str, Actor], by: Actor, at: At) -> None:
    """Plays ``sharing``: drafted from the closed outcomes, put to those who took part, some answers."""
    told = row.get("sharing")
    if not told:
        return
    when = at(told["drafted"])
    chosen = [one.pk for one in clearing.offered(session)]
    sheet = sharing_actions.draft(
        session_id=session.pk, outcome_ids=chosen, title=told["title"], by=by, now=when
    )
    texts = {
        name: told[name]
        for name in ("title", "introduction", "when_told", "where_told", "names_organizations")
    }
    points = [sharing_actions.Point(line["kind"], line["text"]) for line in told["points"]]
    sheet = sharing_actions.save(sheet_id=sheet.pk, version=1, points=points, by=by, now=when, **texts)
    asked = at(told["asked"])
    until = (asked + timedelta(days=told["days"])).date()
    sharing_actions.ask(sheet_id=sheet.pk, version=sheet.version, until=until, by=by, now=asked)
    for line in told["answers"]:
        by_whom = actors[line["by"]]
        row_of = sheet.clearances.get(organization=by_whom.organization_ids[0])
        sharing_actions.answer(
            clearance_id=row_of.pk, version=sheet.version, agrees=line["agrees"], text=line.get("text", ""),
            by=by_whom, now=at(line["on"]),
        )  # fmt: skip


def item_of(session: Session, named: int | str) -> AgendaItem:
    """By its place, or by its title."""
    told = {"order": named} if isinstance(named, int) else {"title_es": named}
    return AgendaItem.objects.get(session=session, **told)


def _say(item: AgendaItem, line: dict[str, Any], *, find: Find, by: Actor, now: datetime) -> None:
    if "notes" in line:
        notes.save_notes(
            item_id=item.pk,
            version=0,
            notes=line["notes"],
            reserved_notes=line.get("reserved", ""),
            by=by,
            now=now,
        )
    elif "figure" in line:
        figure = {name: line[name] for name in ("label", "unit", "source")}
        saying.record_figure(item_id=item.pk, value=line["figure"], **figure, by=by, now=now)
    else:
        saying.record_statement(
            item_id=item.pk, text=line["text"], speaker=line["speaker"], speaker_title=line["title"],
            organization_id=find(line["organization"]).pk, by=by, now=now,
        )  # fmt: skip


def _observe(minutes: Minutes, line: dict[str, Any], *, find: Find, by: Actor, at: At) -> None:
    organization = find(line["organization"])
    copy, link = _copy(minutes, organization)
    item = item_of(minutes.session, line["item"])
    section = minutes.sections.get(kind="item", item=item, is_reserved=False)
    when = at(line["on"])
    circulation.mark_seen(copy_id=copy.pk, by=link, now=when)
    observed = observing.observe(
        copy_id=copy.pk, section_id=section.pk, paragraph=line["paragraph"], text=line["text"], author=line["author"],
        client_id=uuid.uuid4(), by=link, now=when,
    )  # fmt: skip
    if "answer" in line:
        approval.answer(
            observation_id=observed.pk, version=observed.version, answer=line["answer"], reason=line["reason"],
            by=by, now=at(line["answered"]),
        )  # fmt: skip


def _copy(minutes: Minutes, organization: Organization) -> tuple[MinutesCopy, Actor]:
    """An organization's copy, and who acts by its link: no account is needed."""
    copy = minutes.copies.get(organization=organization)
    person = Person.objects.holding("focal_point", organization.pk, minutes.circulated_at.date()).first()
    scope = LinkScope(MinutesCopy.LINK_PURPOSE, copy.pk, organization.pk)
    return copy, Actor(
        person_id=person.pk if person else None, name=person.name if person else "", link=scope
    )
