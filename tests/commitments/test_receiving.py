"""What an organization says about having a commitment: once, by who speaks for it, never by opening a page."""

import pytest

from coordination.activity.models import Activity
from coordination.commitments import actions as commitments
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import Acknowledgement, AgendaRequest, Commitment
from tests.cast import NOW, Cast
from tests.commitments.world import agreed, historic, proposal, report

pytestmark = pytest.mark.django_db
SAYINGS = ["commitment.acknowledged", "commitment.accepted", "commitment.objected"]


def says(cast: Cast, commitment: Commitment, organization, **more):
    return {
        "commitment_id": commitment.pk,
        "organization_id": organization.pk,
        "person_id": cast.carmen.pk,
        "by": cast.secretariat,
        "now": NOW,
    } | more


def told(commitment: Commitment) -> list[str]:
    rows = Activity.objects.about("commitment", commitment.pk).filter(kind__in=SAYINGS)
    return list(rows.order_by("id").values_list("kind", flat=True))


def test_acknowledging_twice_changes_nothing_the_second_time(cast: Cast) -> None:
    commitment = agreed(cast)
    first = receiving.acknowledge(**says(cast, commitment, cast.ngo))
    again = receiving.acknowledge(**says(cast, commitment, cast.ngo, now=cast.in_days(3)))
    assert first.pk == again.pk and again.acknowledged_at == NOW
    receiving.accept(**says(cast, commitment, cast.ngo))
    last = receiving.accept(**says(cast, commitment, cast.ngo, now=cast.in_days(3)))
    assert last.accepted_at == NOW and last.accepted_by == cast.carmen
    assert told(commitment) == SAYINGS[:2]


def test_accepting_says_that_it_was_received(cast: Cast) -> None:
    commitment = agreed(cast, co_responsible_ids=[cast.ministry.pk])
    for side in (cast.ngo, cast.ministry, cast.university):
        row = receiving.accept(**says(cast, commitment, side))
        assert row.acknowledged_at == row.accepted_at == NOW
    assert Acknowledgement.objects.count() == 3


def test_who_is_no_side_receives_nothing(cast: Cast) -> None:
    commitment = agreed(cast)
    for act in (receiving.acknowledge, receiving.accept):
        with pytest.raises(receiving.NotASide):
            act(**says(cast, commitment, cast.outsider))
    with pytest.raises(commitments.NotOpen):
        receiving.accept(**says(cast, proposal(cast), cast.ngo))
    with pytest.raises(commitments.HistoricRecord):
        receiving.accept(**says(cast, historic(cast), cast.ngo))
    assert not Acknowledgement.objects.exists()


def test_an_objection_has_words_and_goes_to_the_next_agenda(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(commitments.ReasonMissing):
        receiving.object_to(**says(cast, commitment, cast.ngo, text="  "))
    assert not Acknowledgement.objects.exists(), "refused whole"
    row = receiving.object_to(**says(cast, commitment, cast.ngo, text=" No hay fondos "))
    assert (row.objection, row.objected_at, row.acknowledged_at) == ("No hay fondos", NOW, NOW)
    assert AgendaRequest.objects.get().reason == "No hay fondos"
    receiving.object_to(**says(cast, commitment, cast.ngo, text="No hay fondos"))
    with pytest.raises(receiving.AlreadyObjected):
        receiving.object_to(**says(cast, commitment, cast.ngo, text="Otra cosa"))
    commitment.refresh_from_db()
    assert commitment.state == "agreed", "an objection changes nothing of what was agreed"
    assert told(commitment) == ["commitment.acknowledged", "commitment.objected"]


def test_an_objection_taken_back_keeps_its_words(cast: Cast) -> None:
    commitment = agreed(cast)
    receiving.object_to(**says(cast, commitment, cast.ngo, text="No hay fondos"))
    row = receiving.accept(**says(cast, commitment, cast.ngo, now=cast.in_days(2)))
    assert row.objection == "No hay fondos" and row.accepted_at == cast.in_days(2)
    assert AgendaRequest.objects.get().closed_at == cast.in_days(2)
    with pytest.raises(receiving.AlreadyAccepted):
        receiving.object_to(**says(cast, commitment, cast.ngo, text="Otra vez"))


def test_the_first_report_says_that_it_was_received(cast: Cast) -> None:
    commitment = agreed(cast)
    report(cast, commitment, done=False)
    row = Acknowledgement.objects.get()
    assert (row.organization, row.acknowledged_at, row.accepted_at) == (cast.ngo, NOW, None)
