"""Who stands for a seat, and what a mesa fixes about delegations."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from coordination.activity.models import Activity
from coordination.mesas.delegations import StandingData, StandingRefused, set_standing
from coordination.mesas.models import Mesa, Seat, StandingDelegate
from coordination.organizations.models import Person
from coordination.taxonomies.models import Sector
from tests.attendees.test_delegation_pages import PDF
from tests.cast import Cast

ANA = StandingData("principal", " Ana \n Uno", "ANA@puente.example", "head", "Directora")
EVA = StandingData("alternate", "Eva Dos", "eva@puente.example")


def stands(seat: Seat) -> list[tuple[str, str]]:
    rows = seat.standing.filter(ends_on=None).select_related("person").order_by("-role", "id")
    return [(row.role, row.person.name) for row in rows]


def test_who_stands_is_kept_with_the_days_and_who_goes_is_not_lost(cast: Cast) -> None:
    seat, told = cast.seats["ngo"], {"by": cast.secretariat}
    set_standing(seat_id=seat.pk, people=[ANA, EVA], letter_number="PS-1", letter_on=date(2026, 3, 1), now=cast.now, **told)  # fmt: skip
    assert stands(seat) == [("principal", "Ana Uno"), ("alternate", "Eva Dos")]
    trail = Activity.objects.about("seat", seat.pk)
    assert trail.get().payload["removed"] == []
    set_standing(seat_id=seat.pk, people=[ANA, EVA], letter_number="PS-1", letter_on=date(2026, 3, 1), now=cast.now, **told)  # fmt: skip
    assert trail.count() == 1, "the same again is nothing new"
    swapped = [StandingData("principal", "Eva Dos", "eva@puente.example"), StandingData("alternate", "Carmen Loja", cast.carmen.email)]  # fmt: skip
    set_standing(seat_id=seat.pk, people=swapped, now=cast.in_days(30), **told)
    assert stands(seat) == [("principal", "Eva Dos"), ("alternate", "Carmen Loja")]
    gone = StandingDelegate.objects.get(person__name="Ana Uno")
    assert gone.ends_on == cast.in_days(30).date()
    assert Person.objects.filter(name="Carmen Loja").count() == 1, "the organization's own person"
    set_standing(seat_id=seat.pk, people=[], now=cast.in_days(31), **told)
    assert stands(seat) == []


@pytest.mark.parametrize(
    "people",
    [[EVA], [ANA, ANA], [ANA, StandingData("alternate", "Sin Correo", "")], [ANA, *[EVA] * 9]],
)
def test_a_delegation_that_cannot_stand_is_refused(cast: Cast, people: list[StandingData]) -> None:
    with pytest.raises(StandingRefused):
        set_standing(seat_id=cast.seats["ngo"].pk, people=people, by=cast.secretariat, now=cast.now)
    assert not StandingDelegate.objects.exists()


def test_the_organization_and_the_secretariat_write_it_and_nobody_else(cast: Cast, sign_in) -> None:
    seat = cast.seats["university"]
    page = reverse("mesas:standing", args=[cast.mesa.slug, seat.pk])
    told = {
        "principal_name": "Ana Uno",
        "principal_email": "ana@u.example",
        "letter_number": "U-1",
        "file": SimpleUploadedFile("oficio.pdf", PDF),
    }
    assert sign_in(cast.luis).post(page, told).status_code == 302
    assert stands(seat) == [("principal", "Ana Uno")]
    letter = sign_in(cast.rosa).get(reverse("mesas:standing_letter", args=[cast.mesa.slug, seat.pk]))
    assert letter["Content-Disposition"].startswith("attachment")
    seats = sign_in(cast.rosa).get(reverse("mesas:seats", args=[cast.mesa.slug]))
    assert "Ana Uno" in seats.content.decode()
    begun = sign_in(cast.rosa).post(page, {"alternate1_name": "Eva Dos"})
    assert begun.status_code == 422 and "alternate1_email" in begun.context["form"].errors
    assert stands(seat) == [("principal", "Ana Uno")]
    for stranger in (cast.elena, cast.tomas, cast.olga):
        assert sign_in(stranger).post(page, told).status_code == 403
    other = reverse("mesas:standing", args=[cast.mesa.slug, cast.seats["ngo"].pk])
    assert sign_in(cast.luis).get(other).status_code == 403
    assert Client().get(page).status_code == 302


def test_places_and_letters_are_written_for_the_sessions_to_come(cast: Cast, sign_in) -> None:
    page = reverse("mesas:delegation_rules", args=[cast.mesa.slug])
    sector = Sector.objects.get(code="academia")
    rosa = sign_in(cast.rosa)
    assert rosa.post(page, {f"sector_{sector.pk}": "4", "needs_letter": "on"}).status_code == 302
    assert list(cast.mesa.sector_quotas.values_list("sector", "places")) == [(sector.pk, 4)]
    assert Mesa.objects.get(pk=cast.mesa.pk).needs_letter
    assert rosa.post(page, {f"sector_{sector.pk}": "0"}).status_code == 422
    assert rosa.post(page, {f"sector_{sector.pk}": ""}).status_code == 302
    assert not cast.mesa.sector_quotas.exists()
    kinds = Activity.objects.about("mesa", cast.mesa.pk).values_list("kind", flat=True)
    assert list(kinds) == ["mesa.delegation_rules_changed"] * 2


def test_the_seats_ask_as_many_queries_with_many_who_stand(
    cast: Cast, sign_in, django_assert_max_num_queries
) -> None:
    rosa = sign_in(cast.rosa)
    for seat in cast.seats.values():
        set_standing(seat_id=seat.pk, people=[ANA, EVA], by=cast.secretariat, now=cast.now)
    with django_assert_max_num_queries(12):
        rosa.get(reverse("mesas:seats", args=[cast.mesa.slug]))
    with django_assert_max_num_queries(12):
        rosa.get(reverse("mesas:standing", args=[cast.mesa.slug, cast.seats["ngo"].pk]))
