"""A fifth session ahead on the cast's mesa, commitments as they stand at a given day, and mesas above and below."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from coordination.commitments.models import Commitment, Report
from coordination.mesas.models import Mesa, SecretariatMandate
from coordination.sessions.models import AgendaItem, Session
from tests.cast import NOW, SINCE, Cast, organization, person

STARTS = NOW + timedelta(days=10)  # jueves 12 de marzo de 2026, 10:00 in Quito
DAY = STARTS.date()
NUMBERS = itertools.count(500)


def session_ahead(cast: Cast, *, starts: datetime = STARTS, number: int = 5, **fields: Any) -> Session:
    """Convened, with its generated first item."""
    values = {"state": Session.State.CONVENED, "convened_at": NOW - timedelta(days=5)} | fields
    made = Session.objects.create(
        mesa=cast.mesa, number=number, topic_es="Alojamiento", topic_en="Shelter", starts_at=starts,
        ends_at=starts + timedelta(hours=3), **values,
    )  # fmt: skip
    AgendaItem.objects.create(
        session=made,
        order=1,
        kind="review",
        title_es="Estado de los compromisos",
        title_en="State",
        is_generated=True,
    )
    return made


def met_before(cast: Cast, *, on: datetime = NOW - timedelta(days=30), **fields: Any) -> Session:
    """The session in which the mesa met last."""
    values = {"state": Session.State.HELD, "closed_at": on + timedelta(days=1)} | fields
    return Session.objects.create(
        mesa=cast.mesa, number=next(NUMBERS), starts_at=on, ends_at=on + timedelta(hours=3), **values
    )


def commitment(cast: Cast, *, due: date | None = DAY - timedelta(days=40), **fields: Any) -> Commitment:
    """Agreed two months ago, with the NGO responsible and the university verifying, unless told otherwise."""
    number = next(NUMBERS)
    values: dict[str, Any] = {
        "mesa": cast.mesa, "number": number, "statement": f"Compromiso {number}", "deliverable": "Plazas", "responsible": cast.ngo,
        "verifier": cast.university, "due_on": due, "original_due_on": due, "means_of_verification": "Acta",
        "state": Commitment.State.AGREED, "agreed_at": NOW - timedelta(days=60),
    } | fields  # fmt: skip
    return Commitment.objects.create(**values)


def reports(cast: Cast, on: Commitment, at: datetime, **fields: Any) -> Report:
    values: dict[str, Any] = {"text": "Vamos por la mitad", "progress": 50, "organization": cast.ngo} | fields
    return Report.objects.create(commitment=on, reported_at=at, **values)


def mesa_below(cast: Cast, parent: Mesa | None = None, slug: str = "huaquillas") -> Mesa:
    """A cantonal mesa that is part of the cast's, whose secretariat Vera keeps (``mesa.vera``)."""
    town = organization(f"GAD de {slug}", kind="local_government", sector="local")
    made = Mesa.objects.create(
        slug=slug, name_es=f"Mesa Cantonal {slug}", name_en=f"Cantonal mesa {slug}", code_prefix=slug[:2].upper(),
        parent=parent or cast.mesa,
    )  # fmt: skip
    made.vera = person(f"Vera {slug.title()}", at=town, user=True)  # type: ignore[attr-defined]
    mandate = SecretariatMandate.objects.create(mesa=made, instrument="Acuerdo 3", starts_on=SINCE)
    mandate.organizations.add(town)
    mandate.posts.add(made.vera.tenures.get().post)  # type: ignore[attr-defined]
    return made
