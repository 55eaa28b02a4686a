"""Minutes as tests of their circulation begin from them: a session that took place, its register, a draft with text."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from accounts.actor import Actor, LinkScope
from coordination.minutes.actions import approval, circulation, observing
from coordination.minutes.models import Minutes, MinutesCopy, Observation, Section
from coordination.organizations.models import Organization
from coordination.sessions.models import CircleMember, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of, mark, one
from tests.cast import Cast, seat

TEXT = "<p>La mesa acordó abrir 40 plazas.</p><p>La Fundación informó sobre los albergues.</p>"


def held(cast: Cast, *, absent: tuple[Organization, ...] = (), **fields: Any) -> Session:
    """A session to which the NGO and the university came; who presides did not register."""
    session = called(cast, **fields)
    for org, name in ((cast.ngo, "Carmen Loja"), (cast.university, "Luis Aguirre")):
        accept(cast, invitation_of(session, org), [one("principal", name)])
        if org not in absent:
            mark(cast, delegates(invitation_of(session, org))[0])
    return session


def drafted(
    cast: Cast, session: Session | None = None, *, body: str = TEXT, approval: str = "silence", **fields: Any
) -> Minutes:
    """A draft with an open and a reserved section, made the day after the session."""
    session = session or held(cast)
    minutes = Minutes.objects.create(
        session=session, form="acta", approval=approval, drafted_at=day_after(session), **fields
    )
    Section.objects.create(minutes=minutes, order=1, kind="item", title="Alojamiento temporal", body=body)
    Section.objects.create(
        minutes=minutes, order=2, title="Nota reservada", body="<p>Palabra-reservada.</p>", is_reserved=True
    )
    return minutes


def circulated(cast: Cast, minutes: Minutes | None = None, **fields: Any) -> Minutes:
    """Gone round the day after the session."""
    minutes = minutes or drafted(cast, **fields)
    return circulation.circulate(
        minutes_id=minutes.pk,
        version=minutes.edit_version,
        by=cast.secretariat,
        now=day_after(minutes.session),
    )


def day_after(session: Session) -> datetime:
    assert session.ends_at
    return session.ends_at + timedelta(days=1)


def copy_of(minutes: Minutes, organization: Organization) -> MinutesCopy:
    return MinutesCopy.objects.select_related("minutes__session__mesa", "organization").get(
        minutes=minutes, organization=organization
    )


def by_link(copy: MinutesCopy) -> Actor:
    return Actor(link=LinkScope(MinutesCopy.LINK_PURPOSE, copy.pk, copy.organization_id))


def observe(
    minutes: Minutes,
    organization: Organization,
    text: str = "Son 45 plazas.",
    *,
    paragraph: int = 1,
    **more: Any,
) -> Observation:
    copy = copy_of(minutes, organization)
    given = {
        "client_id": uuid.uuid4(), "by": by_link(copy), "now": minutes.circulated_at,
        "section_id": minutes.sections.get(order=1).pk,
    }  # fmt: skip
    return observing.observe(copy_id=copy.pk, paragraph=paragraph, text=text, **(given | more))


def answer(cast: Cast, observation: Observation, given: str = "accepted", **more: Any) -> Observation:
    observation.refresh_from_db()
    now = more.pop("now", observation.made_at)
    return approval.answer(
        observation_id=observation.pk, version=more.pop("version", observation.version), answer=given,
        by=cast.secretariat, now=now, **more,
    )  # fmt: skip


def over(minutes: Minutes) -> datetime:
    """A moment after the term."""
    assert minutes.observations_until
    return minutes.observations_until + timedelta(minutes=5)


def closed(cast: Cast, *insiders: Any) -> Session:
    """A session wholly casa adentro, its circle of the record the given people; the NGO and the university came."""
    session = held(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    for someone in insiders:
        CircleMember.objects.create(session=session, person=someone, level="record", since=cast.now)
    session.refresh_from_db()
    return session


def seated(cast: Cast, organization: Organization) -> None:
    seat(cast.mesa, organization)
