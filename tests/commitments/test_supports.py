"""Alliances: who may write and read them, what is refused, and that nothing is lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments.alliances import actions as supporting
from coordination.commitments.alliances.actions import SupportData
from coordination.commitments.alliances.queries import panel
from coordination.commitments.models import Commitment, Support
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.sessions.models import CircleMember, Session
from tests.cast import NOW, Cast, acting, many_organizations, signed_in
from tests.commitments.world import agreed


@pytest.fixture
def promise(cast: Cast) -> Commitment:
    return agreed(cast)


def data(cast: Cast, **given: Any) -> SupportData:
    values: dict[str, Any] = {"organization_id": cast.outsider.pk, "kind": "financial"} | given
    return SupportData(**values)


def add(cast: Cast, promise: Commitment, **given: Any) -> Support:
    return supporting.add_support(
        data=data(cast, **given), commitment_id=promise.pk, by=cast.secretariat, now=NOW
    )


def test_a_second_click_adds_nothing(cast: Cast, promise: Commitment) -> None:
    assert add(cast, promise, amount=Decimal("10.50")).pk == add(cast, promise, amount=Decimal("10.50")).pk
    assert Activity.objects.filter(kind="commitment.support_added").count() == 1


def test_changing_keeps_the_entry_as_it_was(cast: Cast, promise: Commitment) -> None:
    old = add(cast, promise, amount=Decimal(100))
    new = supporting.change_support(
        support_id=old.pk, data=data(cast, amount=Decimal(200)), by=cast.secretariat, now=NOW
    )
    old.refresh_from_db()
    assert old.withdrawn_at == NOW and old.amount == 100
    assert new.commitment == promise and new.amount == 200
    assert list(Support.objects.visible_to(ANONYMOUS)) == [new]


@pytest.mark.parametrize(
    "given",
    [
        {"amount": Decimal(-1)},
        {"amount": Decimal("1e15")},
        {"amount": Decimal("NaN")},
        {"currency": "XXX"},
        {"starts_on": NOW.date(), "ends_on": NOW.date().replace(year=2020)},
    ],
)
def test_bad_figures_are_refused(cast: Cast, promise: Commitment, given: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        add(cast, promise, **given)
    assert not Support.objects.exists()


def test_who_finances_a_session_aloud_needs_a_source(cast: Cast) -> None:
    with pytest.raises(supporting.SourceMissing):
        supporting.add_support(data=data(cast), mesa_id=cast.mesa.pk, by=cast.secretariat, now=NOW)
    made = supporting.add_support(
        data=data(cast, is_public=False), mesa_id=cast.mesa.pk, by=cast.secretariat, now=NOW
    )
    assert made.source == ""


def test_what_is_not_public_shows_to_its_giver_the_keepers_and_the_auditor(
    cast: Cast, promise: Commitment
) -> None:
    add(cast, promise, is_public=False)
    seen = {
        "elena, who gives": cast.elena, "rosa, who keeps": cast.rosa, "olga, who audits": cast.olga,
    }  # fmt: skip
    for who, person in seen.items():
        assert Support.objects.visible_to(acting(person)).count() == 1, who
    for person in (cast.luis, cast.tomas, cast.ana):
        assert not Support.objects.visible_to(acting(person)).exists(), person
    assert not Support.objects.visible_to(ANONYMOUS).exists()


def test_of_what_one_does_not_see_no_support_shows(cast: Cast, promise: Commitment) -> None:
    add(cast, promise)
    closed = Session.objects.create(
        mesa=cast.mesa, number=9, state="held", starts_at=NOW, ends_at=NOW + timedelta(hours=2),
        is_casa_adentro=True,
    )  # fmt: skip
    Support.objects.create(session=closed, organization=cast.outsider, kind="in_kind", recorded_at=NOW)
    assert Support.objects.visible_to(acting(cast.rosa)).count() == 1, "outside its circle"
    CircleMember.objects.create(session=closed, person=cast.rosa, level="record", since=NOW)
    assert Support.objects.visible_to(acting(cast.rosa)).count() == 2
    assert Support.objects.visible_to(acting(cast.elena)).count() == 1, "not even who gives it"
    Mesa.objects.filter(pk=cast.mesa.pk).update(visibility="members")
    assert not Support.objects.visible_to(ANONYMOUS).exists()
    assert not Support.objects.visible_to(acting(cast.elena)).exists()


def test_amounts_are_added_by_currency_and_the_unknown_are_said(cast: Cast, promise: Commitment) -> None:
    add(cast, promise, amount=Decimal(1000))
    add(cast, promise, amount=Decimal("0.50"), kind="in_kind")
    add(cast, promise, amount=Decimal(5), currency="EUR")
    add(cast, promise, kind="technical")
    found = panel(ANONYMOUS, commitment=promise)
    assert len(found.rows) == 4
    assert [text.replace("\xa0", " ").split(",")[0] for text in found.sums[:1]] == ["5 EUR"]
    assert len(found.sums) == 3


def test_the_secretariat_adds_changes_and_takes_off(cast: Cast, promise: Commitment) -> None:
    rosa = signed_in(cast.rosa.user)
    fields = {"organization": cast.outsider.pk, "kind": "financial", "currency": "USD", "is_public": "on"}
    here = reverse("commitments:support_commitment", args=[promise.public_id])
    hostile = {"what": "<script>alert(1)</script>", "amount": "12.5"}
    assert rosa.post(here, fields | hostile).status_code == 302
    page = Client().get(promise.get_absolute_url()).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    support = Support.objects.get()
    change = reverse("commitments:support_change", args=[support.public_id])
    assert rosa.post(change, fields | {"amount": "-3"}).status_code == 422
    assert rosa.post(change, fields | {"amount": "99999999999999999"}).status_code == 422
    assert rosa.post(change, fields | {"currency": "DOGE"}).status_code == 422
    assert rosa.post(change, fields | {"amount": "20"}).status_code == 302
    assert rosa.get(change).status_code == 404, "the entry that was taken back is not changed again"
    support = Support.objects.get(withdrawn_at=None)
    off = reverse("commitments:support_withdraw", args=[support.public_id])
    assert rosa.post(off).status_code == 302
    assert rosa.post(off).status_code == 404
    assert not Support.objects.visible_to(ANONYMOUS).exists() and Support.objects.count() == 2
    rosa.post(reverse("commitments:support_restore", args=[support.public_id]))
    assert Support.objects.visible_to(ANONYMOUS).count() == 1


def test_historic_supports_stand_as_their_source_says(cast: Cast) -> None:
    made = Support.objects.create(
        mesa=cast.mesa, organization=cast.ngo, kind="financial", recorded_at=NOW, provenance="historic"
    )
    with pytest.raises(supporting.HistoricSupport):
        supporting.withdraw_support(support_id=made.pk, by=cast.secretariat, now=NOW)
    rosa = signed_in(cast.rosa.user)
    assert rosa.post(reverse("commitments:support_withdraw", args=[made.public_id])).status_code == 302
    made.refresh_from_db()
    assert made.withdrawn_at is None


def test_the_pages_of_what_is_supported_name_who_supports(cast: Cast, promise: Commitment) -> None:
    add(cast, promise, what="Camas")
    supporting.add_support(
        data=data(cast, what="Salón", source="Boletín 3"), mesa_id=cast.mesa.pk, by=cast.secretariat, now=NOW
    )
    session = promise.session
    assert session is not None
    supporting.add_support(
        data=data(cast, what="Traslados", source="Boletín 4"),
        session_id=session.pk,
        by=cast.secretariat,
        now=NOW,
    )
    for thing, words in ((promise, "Camas"), (cast.mesa, "Salón"), (session, "Traslados")):
        page = Client().get(thing.get_absolute_url()).content.decode()
        assert cast.outsider.name in page and words in page
    page = Client().get(cast.outsider.get_absolute_url()).content.decode()
    assert all(words in page for words in ("Camas", "Salón", "Traslados"))


@pytest.mark.parametrize("page", ["supports", "organization", "commitment"])
def test_lists_of_supports_cost_the_same_at_any_length(cast: Cast, promise: Commitment, page: str) -> None:
    address = {
        "supports": reverse("commitments:account_supports"), "organization": cast.outsider.get_absolute_url(),
        "commitment": promise.get_absolute_url(),
    }[page]  # fmt: skip
    rosa = signed_in(cast.rosa.user)
    asked = []
    for rows in (1, 3, 300):
        organizations = many_organizations([f"Org {rows} {n}" for n in range(rows)])
        Support.objects.bulk_create(
            Support(
                commitment=promise, kind="financial", recorded_at=NOW,
                organization=cast.outsider if page == "organization" else organization,
            )
            for organization in organizations
        )  # fmt: skip
        rosa.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert rosa.get(address).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2], asked
    assert page == "commitment" or asked[0] <= 12, asked
