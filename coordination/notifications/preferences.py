"""How each person wants to be written to: which way one message goes, what is kept, and the links that change it.

The link to the page is bound to the person, that of one-click unsubscribe (RFC 8058) to the person and one kind.
Both die when the person's ``link_generation`` rises.
"""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import BadLink, make_token, proves, read_id, stems_from
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.common.errors import DomainError
from coordination.notifications.events import PreferenceEvent
from coordination.notifications.kinds import DAILY_DIGEST, KINDS, Kind
from coordination.notifications.models import Notification, Preference
from coordination.notifications.planner import next_summary
from coordination.organizations.models import Person

Way = Literal["email", "digest", "inbox"]
LINK_PURPOSE = "preferences"
RENEWALS_AN_HOUR = 3
CHOICE = Preference.Choice
CHOOSABLE = [kind for kind in KINDS.values() if kind.choosable]
_WAYS: dict[str, Way] = {CHOICE.NOW: "email", CHOICE.DAILY: "digest", CHOICE.NEVER: "inbox"}


class TooManyRenewals(DomainError):
    """Somebody keeps asking for the same link."""

    default_message = _(
        "This link was already sent three times in the last hour. Look in the mailbox, also among unwanted mail; in an hour it can be sent again."
    )


def way(row: Notification) -> Way:
    """By which way this message goes to its recipient now. One query; none for what cannot be chosen.

    What would be worth nothing by the next summary is not kept for it. What somebody sends again by hand is a mail.
    """
    kind = KINDS[row.kind]
    if not kind.choosable or row.copy:
        return "email"
    choices = Preference.objects.filter(person=row.recipient_id, kind=row.kind)
    choice = choices.values_list("choice", flat=True).first() or CHOICE.NOW
    too_late = row.not_after <= next_summary(row.due_at, ZoneInfo(settings.TIME_ZONE))
    return "email" if choice == CHOICE.DAILY and too_late else _WAYS[choice]


def chosen(person_id: int) -> dict[str, str]:
    """The choice for every kind that has one, said or not. One query."""
    said = dict(Preference.objects.filter(person=person_id).values_list("kind", "choice"))
    return {kind.name: said.get(kind.name, CHOICE.NOW) for kind in CHOOSABLE}


def token(person: Person) -> str:
    return make_token(LINK_PURPOSE, person.public_id, person.link_generation)


def link(person: Person) -> str:
    """The path of the page where this person chooses, without an account."""
    return reverse("notifications:preferences", args=[token(person)])


def stop_link(person: Person, kind: Kind) -> str:
    """The path that stops one kind by one POST."""
    made = make_token(_purpose(kind.name), person.public_id, person.link_generation)
    return reverse("notifications:unsubscribe", args=[made, kind.name])


def person_of(token: str, kind: str = "") -> tuple[Person | None, bool]:
    """Whose link this is and whether it still opens; nobody for one that was never ours. One query."""
    try:
        person = Person.objects.filter(public_id=read_id(token)).first()
    except BadLink:
        return None, False
    if person is None:
        return None, False
    purpose = _purpose(kind) if kind else LINK_PURPOSE
    if proves(token, purpose, person.public_id, person.link_generation):
        return person, True
    return (person if _was_ours(token, person) else None), False


def _was_ours(token: str, person: Person) -> bool:
    """Any of this person's links, of any generation, also cut on its way."""
    names = [LINK_PURPOSE, *(_purpose(name) for name in KINDS)]
    return any(stems_from(token, name, person.public_id, person.link_generation) for name in names)


def _purpose(kind: str) -> str:
    return f"{LINK_PURPOSE}:{kind}"


@transaction.atomic
def choose(*, person_id: int, choices: dict[str, str], language: str, by: Actor, now: datetime) -> Person:
    """Keeps how this person wants each kind, and the language of their mails. What is not named stays as it was.

    Records PREFERENCES_CHOSEN with what changed, when something did.
    """
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    before = chosen(person_id)
    changed = {kind: choice for kind, choice in choices.items() if kind in before and before[kind] != choice}
    for kind, choice in changed.items():
        Preference.objects.update_or_create(
            person=person, kind=kind, defaults={"choice": CHOICE(choice), "changed_at": now}
        )
    payload: dict[str, object] = {"choices": changed} if changed else {}
    if language != person.language:
        person.language = language
        person.save(update_fields=["language"])
        payload["language"] = language
    if payload:
        record(kind=PreferenceEvent.CHOSEN, by=by, subject=person, now=now, payload=payload)
    return person


def stop(*, person_id: int, kind: str, by: Actor, now: datetime) -> None:
    """Sends this kind no more by mail; asking again changes nothing. Records as ``choose`` does.

    The daily summary is stopped by no longer collecting anything for it.
    """
    person = Person.objects.get(pk=person_id)
    names = [kind]
    if kind == DAILY_DIGEST:
        names = [name for name, choice in chosen(person_id).items() if choice == CHOICE.DAILY]
    choose(
        person_id=person_id,
        choices=dict.fromkeys(names, CHOICE.NEVER),
        language=person.language,
        by=by,
        now=now,
    )


@transaction.atomic
def renew_link(*, person_id: int, by: Actor, now: datetime) -> None:
    """The present link is mailed to the address on file. Records LINK_REQUESTED. Raises TooManyRenewals."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    asked = Activity.objects.about("person", person.pk).filter(
        kind=PreferenceEvent.LINK_REQUESTED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    record(kind=PreferenceEvent.LINK_REQUESTED, by=by, subject=person, now=now)


@transaction.atomic
def revoke_link(*, person_id: int, by: Actor, now: datetime) -> None:
    """Every copy of this person's links dies, and a new one is mailed to the address on file. Records LINK_REVOKED."""
    person = Person.objects.select_for_update(no_key=True).get(pk=person_id)
    person.link_generation += 1
    person.save(update_fields=["link_generation"])
    record(kind=PreferenceEvent.LINK_REVOKED, by=by, subject=person, now=now)
