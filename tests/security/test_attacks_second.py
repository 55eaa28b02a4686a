"""Attacks on what was built last: questions by shape, kept decisions, what was agreed, reports. One test is one hole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.actor import ANONYMOUS
from coordination.commitments import actions
from coordination.commitments.actions import IndicatorData
from coordination.commitments.agreeing import agree_incomplete
from coordination.commitments.amendments import amended as amendments
from coordination.commitments.amendments import read, with_facts
from coordination.commitments.figures.actions.indicating import IndicatorValues
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.writing.actions.amending import correct
from coordination.commitments.writing.actions.targets import correct_indicator
from coordination.common import allowances
from coordination.common.errors import DomainError
from coordination.mesas.permissions import Role
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import NOW, Cast, acting
from tests.commitments.settled import LATE, chamber, disputed, extend, fresh, meets, record
from tests.commitments.test_reporting import LATER, say
from tests.commitments.world import DUE, agreed, amended, proposal, reported

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def test_pages_of_the_keys_do_not_name_a_closed_session_to_who_does_not_know_of_it(
    cast: Cast, sign_in: SignIn
) -> None:
    commitment = agreed(cast)
    Session.objects.filter(pk=commitment.session_id).update(is_casa_adentro=True)
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True)
    closed = meets(cast, NOW + timedelta(days=1), is_casa_adentro=True)
    for session in (commitment.session, closed):
        CircleMember.objects.create(session=session, person=cast.rosa, level="record", since=NOW)
    amended(fresh(commitment), cast, deliverable="30 plazas equipadas", session_id=closed.pk)
    # Luis comes into the circle later.
    CircleMember.objects.create(session=commitment.session, person=cast.luis, level="record", since=NOW)
    page = sign_in(cast.luis).get(reverse("commitments:verify_signed_in", args=[commitment.public_id]))
    assert "30 plazas equipadas" in page.content.decode()
    assert closed.get_absolute_url() not in page.content.decode()


def test_the_same_words_and_figure_of_another_day_are_another_delivery(cast: Cast) -> None:
    commitment = agreed(cast)
    indicator = commitment.indicators.get()
    said = {"figures": {indicator.pk: Decimal(10)}, "text": "Entregamos 10 plazas"}
    first = say(cast, commitment, **said, figures_on=NOW.date(), key=uuid4())
    assert say(cast, commitment, **said, figures_on=NOW.date(), key=uuid4()) == first
    assert say(cast, commitment, **said, figures_on=LATER.date(), key=uuid4()) != first
    assert indicator.measurements.count() == 2


def test_one_line_of_the_internet_has_one_allowance_whatever_address_of_it_asks(cast: Cast, settings) -> None:
    settings.FILES_BY_ADDRESS = 1
    cache.clear()
    told = []
    for address in (
        "2001:db8:7:7::1",
        "2001:db8:7:7:ffff::2",
        "2001:db8:7:8::1",
        "192.0.2.7",
        "::ffff:192.0.2.7",
    ):
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        request.actor = ANONYMOUS
        request.user = cast.rosa.user
        told.append(allowances.refused(request) is not None)
    cache.clear()
    assert told == [False, True, False, False, True]


def test_an_order_of_roles_is_no_shape_of_its_own(cast: Cast) -> None:
    actor = acting(cast.rosa)
    roles = ((3, Role.MEMBER), (1, Role.SECRETARIAT), (2, Role.MEMBER), (1, "insider"))
    shapes, marked = set(), []
    for order in (roles, roles[::-1], roles[2:] + roles[:2], tuple((mesa + 7, role) for mesa, role in roles)):
        given: list[int] = []
        found = replace(actor, mesa_roles=order).in_marks(lambda one, given=given: given.append(one) or one)
        assert found is not None
        shapes.add(found[1])
        marked.append((found[0].mesa_roles, given))
    assert len(shapes) == 1 and marked[0] == marked[1] == marked[2]


def test_a_decision_kept_for_one_organization_is_not_offered_to_the_next_verifier(cast: Cast) -> None:
    commitment, browser = reported(cast), Client()
    asked = browser.post(commitment.get_verify_link(), {"decision": "met", "text": "Lo vi"}, follow=True)
    assert asked.context["step"] == "code"
    amended(fresh(commitment), cast, verifier_id=cast.ministry.pk)
    page = browser.get(fresh(commitment).get_verify_link() + "?step=code")
    assert page.status_code == 200
    assert (page.context["step"], page.context["decision"]) == ("decide", None)


def test_completing_what_an_exception_left_open_changes_nothing_that_was_said(cast: Cast) -> None:
    half = IndicatorData("Plazas en servicio", "plazas", None, False, Decimal(40))
    commitment = proposal(cast, indicator=half)
    until = NOW.date() + timedelta(days=20)
    agree_incomplete(
        commitment_id=commitment.pk, reason="Falta la línea base", until=until, by=cast.secretariat, now=NOW
    )

    def complete(data: IndicatorData) -> Commitment:
        now = fresh(commitment)
        return actions.edit(
            commitment_id=now.pk, version=now.version, statement=now.statement, deliverable=now.deliverable,
            responsible_id=now.responsible_id, verifier_id=now.verifier_id, due_on=DUE,
            means_of_verification=now.means_of_verification, indicator=data, by=cast.secretariat, now=NOW,
        )  # fmt: skip

    for other in (
        replace(half, baseline=Decimal(0), target=Decimal(1)),
        replace(half, baseline=Decimal(0), name="Lavabos"),
        replace(half, baseline=Decimal(0), unit="personas"),
    ):
        with pytest.raises(DomainError):
            complete(other)
    complete(replace(half, baseline=Decimal(0)))
    assert fresh(commitment).exempt_until is None


def test_nobody_verifies_a_promise_that_changed_while_it_was_read(cast: Cast, sign_in: SignIn) -> None:
    commitment, client = reported(cast), sign_in(cast.luis)
    address = reverse("commitments:verify_signed_in", args=[commitment.public_id])
    form = client.get(address).context["form"]
    told = {"decision": "met", "report": form.initial["report"], "wording": form.initial["wording"]}
    amended(fresh(commitment), cast, deliverable="Una plaza")
    page = client.post(address, told)
    assert (page.status_code, fresh(commitment).state) == (409, "reported")
    assert "Una plaza" in page.content.decode()
    told["wording"] = page.context["form"]["wording"].value()
    indicator = commitment.indicators.get()
    extend(cast, fresh(commitment), indicator_id=indicator.pk, new_target=Decimal(30))
    page = client.post(address, told)
    assert (page.status_code, fresh(commitment).state) == (409, "reported"), (
        "a target that moved with the date"
    )
    told["wording"] = page.context["form"]["wording"].value()
    assert client.post(address, told).status_code == 302
    assert fresh(commitment).state == "met"


def set_indicator(cast: Cast, indicator: Indicator, **given: object) -> Indicator:
    values = {name: getattr(indicator, name) for name in ("name", "unit", "baseline", "target")} | given
    return correct_indicator(
        indicator_id=indicator.pk, version=None, values=IndicatorValues(**values), reason="Se midió mal",
        by=cast.secretariat, now=LATE,
    )  # fmt: skip


def test_a_target_stays_while_others_are_asked_to_decide(cast: Cast) -> None:
    silent = agreed(cast)
    record(cast, silent, chamber(cast)[0])
    for commitment in (disputed(cast), silent):
        indicator = commitment.indicators.get()
        with pytest.raises(DomainError):
            set_indicator(cast, indicator, target=Decimal(1))
        indicator.refresh_from_db()
        assert indicator.target == 40


def test_history_tells_how_figures_come_together_before_and_after(cast: Cast) -> None:
    commitment = agreed(cast)
    set_indicator(cast, commitment.indicators.get(), formula="sum")
    payloads = with_facts(amendments(commitment.pk)).values_list("facts", flat=True)
    with translation.override("en"):
        (found,) = read(payloads, is_casa_adentro=False)
    assert [(one.old, one.new) for one in found.changes] == [
        ("the latest one counts", "the periods are added up")
    ]


def test_a_slip_is_put_right_where_it_stands_whatever_language_somebody_writes_in(cast: Cast) -> None:
    commitment = agreed(cast)
    with translation.override("en"):
        correct(commitment_id=commitment.pk, version=commitment.version, by=cast.secretariat, now=LATE,
                texts={"statement": "Habilitar 44 plazas de alojamiento"}, reason="Faltaba un 4")  # fmt: skip
    stored = fresh(commitment)
    assert stored.statement_es == stored.statement == "Habilitar 44 plazas de alojamiento"


def test_whoever_signs_in_again_is_sent_to_no_other_host(client: Client) -> None:
    page = client.post(reverse("portal:my_work"), headers={"referer": "http://testserver//example.org/x"})
    assert page.status_code == 302 and "example.org" not in page["Location"]
