"""A second organization finds what it is asked to confirm where it looks for its work, with one step."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.models import Commitment, NonFulfilment
from tests.cast import Cast, signed_in
from tests.commitments.settled import chamber
from tests.commitments.test_inbox_pages import copies
from tests.commitments.world import agreed

pytestmark = pytest.mark.django_db
INBOX, WORK = reverse("commitments:inbox"), reverse("portal:my_work")


def waiting(cast: Cast, **given: Any) -> NonFulfilment:
    """Recorded by the ministry; the university is asked, and is no side of it unless it is said to verify."""
    other, _ines = chamber(cast)
    made = agreed(cast, **{"verifier_id": other.pk} | given)
    late = timezone.localdate() - timedelta(days=40)
    Commitment.objects.filter(pk=made.pk).update(due_on=late)
    return asked(cast, made)


def asked(cast: Cast, made: Commitment) -> NonFulfilment:
    return NonFulfilment.objects.create(
        commitment=made, session=made.session, reason="Nada llegó", recorded_by=cast.ministry, second=cast.university,
        recorded_at=timezone.now(),
    )  # fmt: skip


def answering(row: NonFulfilment) -> str:
    return reverse("commitments:second_signed_in", args=[row.commitment.public_id])


def test_it_stands_in_the_inbox_and_in_my_work_until_it_is_answered(cast: Cast) -> None:
    row = waiting(cast)
    luis = signed_in(cast.luis.user)
    found = luis.get(INBOX)
    assert [(each.pk, each.step, each.role) for each in found.context["inbox"].page.object_list] == [
        (row.commitment_id, "confirm", "second")
    ]
    assert found.context["inbox"].counts == {"por-hacer": 1, "en-curso": 0, "cerrados": 0}
    work = luis.get(WORK)
    assert [each.pk for each in work.context["work"].to_confirm] == [row.commitment_id]
    for page in (found, work):
        assert page.content.decode().count(f'href="{answering(row)}"') == 1
    assert luis.post(answering(row), {"confirms": "no", "text": "Vi las plazas"}).status_code == 302
    assert not luis.get(INBOX).context["inbox"].page.object_list
    assert not luis.get(WORK).context["work"].to_confirm


def test_nobody_else_is_asked_and_what_is_closed_stays_so(cast: Cast) -> None:
    row = waiting(cast)
    for someone in (cast.rosa, cast.elena):
        client = signed_in(someone.user)
        for page in (INBOX, WORK):
            assert answering(row) not in client.get(page).content.decode(), someone.name
    Commitment.objects.filter(pk=row.commitment_id).update(is_casa_adentro=True)
    luis = signed_in(cast.luis.user)
    assert row.commitment.code not in luis.get(INBOX).content.decode()
    assert row.commitment.code not in luis.get(WORK).content.decode()


def test_a_verifier_is_asked_to_confirm_and_what_is_reported_meanwhile_to_verify(cast: Cast) -> None:
    row = waiting(cast, verifier_id=cast.university.pk)
    luis = signed_in(cast.luis.user)
    steps = [each.step for each in luis.get(INBOX).context["inbox"].page.object_list]
    work = luis.get(WORK).context["work"]
    assert (steps, len(work.to_confirm), work.to_verify) == (["confirm"], 1, [])
    Commitment.objects.filter(pk=row.commitment_id).update(state="reported")
    steps = [each.step for each in luis.get(INBOX).context["inbox"].page.object_list]
    work = luis.get(WORK).context["work"]
    assert (steps, work.to_confirm, len(work.to_verify)) == (["verify"], [], 1)


@pytest.mark.parametrize("address", [INBOX, WORK])
def test_it_costs_the_same_for_one_three_and_three_hundred(
    address: str, cast: Cast, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    row, luis = waiting(cast), signed_in(cast.luis.user)
    luis.get(address)
    with django_assert_max_num_queries(12) as one:
        luis.get(address)
    for up_to in (3, 300):
        copies(row.commitment, up_to)
        for made in Commitment.objects.filter(non_fulfilments=None).select_related("session"):
            asked(cast, made)
        with django_assert_num_queries(len(one.captured_queries)):
            page = luis.get(address).content.decode()
        assert page.count("/no-cumplido/confirmar/") == min(up_to, 50 if address == INBOX else 20)
