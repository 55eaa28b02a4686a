"""What a mesa fixes about delegations: who stands for a seat from session to session, and how many of a sector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.files import actions as files
from coordination.files.models import StoredFile
from coordination.mesas.actions import SeatHasEnded
from coordination.mesas.events import MesaEvent
from coordination.mesas.models import Mesa, Rank, Seat, SectorQuota, StandingDelegate
from coordination.organizations.models import Person
from coordination.taxonomies.models import Sector

ALTERNATES = 3  # a letter that names more people than this names a team
MOST_PLACES = 1000
Role = StandingDelegate.Role


class StandingRefused(DomainError):
    """The standing delegation as written cannot be kept."""


class TooManyPlaces(DomainError):
    default_message = _("A sector has at most 1000 places. Leave the field empty where there is no limit.")


@dataclass(frozen=True)
class StandingData:
    """One person as they were written."""

    role: str
    name: str
    email: str
    rank: str = ""
    post_title: str = ""
    language: str = "es"

    def cleaned(self) -> "StandingData":
        """Without stray spaces or lines; an address in lower case."""
        return replace(
            self,
            name=" ".join(self.name.split()),
            email=self.email.strip().lower(),
            post_title=" ".join(self.post_title.split()),
        )


@transaction.atomic
def set_standing(
    *,
    seat_id: int,
    people: Sequence[StandingData],
    letter_number: str = "",
    letter_on: date | None = None,
    letter: UploadedFile | StoredFile | None = None,
    by: Actor,
    now: datetime,
) -> list[StandingDelegate]:
    """These people stand for the seat from today; who is not among them any more ends today. Nobody is nobody.

    Promises: one principal at most; a person the organization named before is the same Person; who stays keeps the
    day they began. The letter goes with all of them; without a new file the one on record stays while somebody does.
    The same again changes nothing. Records: STANDING_CHANGED with the ids of who came and went. Raises
    StandingRefused, SeatHasEnded, and what ``files.actions.keep`` raises.
    """
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("mesa").get(pk=seat_id)
    today = timezone.localdate(now)
    if seat.ends_on is not None and seat.ends_on < today:
        raise SeatHasEnded
    named = [one.cleaned() for one in people]
    _refuse_bad(named)
    stood = {one.person_id: one for one in seat.standing.filter(ends_on=None)}
    stored = files.keep(upload=letter, by=by, now=now) if isinstance(letter, UploadedFile) else letter
    stored_id = (
        stored.pk if stored else next((one.letter_id for one in stood.values() if one.letter_id), None)
    )
    told = {"letter_number": " ".join(letter_number.split()), "letter_on": letter_on, "letter_id": stored_id}
    wanted = {person_of(seat.organization_id, one).pk: one for one in named}
    gone = [one for person_id, one in stood.items() if person_id not in wanted]
    StandingDelegate.objects.filter(pk__in=[one.pk for one in gone]).update(ends_on=today)
    # Two people may trade places: for an instant nobody is the principal.
    seat.standing.filter(ends_on=None).update(role=Role.ALTERNATE)
    changed, rows = bool(gone), []
    for person_id, one in wanted.items():
        facts = {"role": one.role, "rank": one.rank, "post_title": one.post_title, **told}
        before = stood.get(person_id)
        if before is None:
            rows.append(seat.standing.create(person_id=person_id, starts_on=today, **facts))
            changed = True
            continue
        changed |= any(getattr(before, name) != value for name, value in facts.items())
        StandingDelegate.objects.filter(pk=before.pk).update(**facts)
        rows.append(before)
    if changed:
        payload = {
            "seat": seat.pk,
            "organization": seat.organization_id,
            "added": [pk for pk in wanted if pk not in stood],
            "removed": [one.person_id for one in gone],
        }
        record(
            kind=MesaEvent.STANDING_CHANGED,
            by=by,
            subject=seat,
            now=now,
            mesa_id=seat.mesa_id,
            payload=payload,
        )
    return rows


@transaction.atomic
def set_delegation_rules(
    *, mesa_id: int, places: Mapping[int, int | None], needs_letter: bool, by: Actor, now: datetime
) -> Mesa:
    """Places by sector for the sessions convened from now on (None: no limit), and whether a letter is asked for.

    Sessions already convened keep theirs. Records DELEGATION_RULES_CHANGED when anything differs. Raises TooManyPlaces.
    """
    if any(number is not None and number > MOST_PLACES for number in places.values()):
        raise TooManyPlaces
    mesa = Mesa.objects.select_for_update(no_key=True).get(pk=mesa_id)
    before = dict(mesa.sector_quotas.values_list("sector_id", "places"))
    after = {pk: number for pk, number in places.items() if number}
    if before == after and mesa.needs_letter == needs_letter:
        return mesa
    mesa.sector_quotas.exclude(sector__in=after).delete()
    for sector in Sector.objects.filter(pk__in=after):
        SectorQuota.objects.update_or_create(mesa=mesa, sector=sector, defaults={"places": after[sector.pk]})
    mesa.needs_letter = needs_letter
    mesa.save(update_fields=["needs_letter"])
    record(
        kind=MesaEvent.DELEGATION_RULES_CHANGED,
        by=by,
        subject=mesa,
        now=now,
        mesa_id=mesa.pk,
        payload={"from": before, "to": after, "needs_letter": needs_letter},
    )
    return mesa


def person_of(organization_id: int, one: StandingData) -> Person:
    """The organization's own person of that name and address, or a new one. Never another organization's."""
    own = Q(tenures__post__organization_id=organization_id) | Q(
        standing__seat__organization_id=organization_id
    )
    same = Person.objects.filter(own, name__iexact=one.name, email__iexact=one.email)
    return same.order_by("id").first() or Person.objects.create(
        name=one.name, email=one.email, language=one.language
    )


def _refuse_bad(named: Sequence[StandingData]) -> None:
    roles = [one.role for one in named]
    if named and roles.count(Role.PRINCIPAL) != 1:
        raise StandingRefused(_("Name one principal, or nobody."), field="principal_name")
    if len(named) > 1 + ALTERNATES:
        raise StandingRefused(_("Name one principal and at most three alternates."))
    if any(not one.name or not one.email for one in named):
        raise StandingRefused(
            _("Each person needs a name and an e-mail address; several may share one address.")
        )
    if len({(one.name.lower(), one.email) for one in named}) < len(named):
        raise StandingRefused(
            _("The same person is named twice. Name somebody else or leave the place empty.")
        )
    if any(one.rank not in ("", *Rank.values) for one in named):
        raise StandingRefused(_("Choose a rank of the list."))
