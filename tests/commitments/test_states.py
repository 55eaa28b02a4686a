"""The table of steps, and the database that refuses everything else."""

import re
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from coordination.commitments.models import Commitment, NonFulfilment
from coordination.commitments.states import DECIDED, SETTLED, STEPS, NotOpen, Step, lawful, may_take, move
from coordination.organizations.models import Organization
from tests.cast import NOW, Cast
from tests.commitments.world import DUE, agreed, historic, outcome, part_of, proposal, reported

S = Commitment.State
LIVE = [state for state in S if state != S.UNKNOWN]


def standing(cast: Cast, state: str, number: int = 1, **given: Any) -> Commitment:
    """A live row put straight into a state: the database looks at moves, not at what a row begins as."""
    values: dict[str, Any] = {
        "mesa": cast.mesa, "number": number, "statement_es": "x", "state": state, "responsible": cast.ngo,
        "verifier": cast.university, "due_on": DUE, "deliverable": "x", "means_of_verification": "x",
        "withdrawn_reason": "x", "settled_by": cast.university if state in DECIDED else None,
    } | given  # fmt: skip
    return Commitment.objects.create(**values)


def refused(change: Any) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    return str(caught.value)


def test_the_database_has_the_same_table(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'commitment_state_moves'")
        (source,) = cursor.fetchone()
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", source)) == lawful()


def test_the_database_takes_lawful_moves_and_no_others(cast: Cast) -> None:
    rows = {state: standing(cast, state, number) for number, state in enumerate(LIVE, start=1)}
    for old, new in product(LIVE, LIVE):
        change = {"state": new, "settled_by": cast.university if new in DECIDED else None}
        row = Commitment.objects.filter(pk=rows[old].pk)
        if old == new or (old, new) in lawful():
            with transaction.atomic():
                assert row.update(**change) == 1
                transaction.set_rollback(True)
        else:
            assert "does not go from" in refused(lambda row=row, change=change: row.update(**change))


def test_nothing_leaves_what_is_met_or_withdrawn() -> None:
    left = {old for old, _new in lawful()}
    assert S.MET not in left and S.WITHDRAWN not in left
    assert {new for old, new in lawful() if old in SETTLED} == {S.DISPUTED}
    assert set(STEPS) == set(Step)


def test_a_step_writes_its_columns_and_dates_the_end(cast: Cast) -> None:
    commitment = standing(cast, S.REPORTED)
    move(commitment, Step.CONFIRM, now=NOW, settled_by_id=cast.university.pk, remarks="Visto")
    assert (commitment.state, commitment.version) == (S.MET, 2)
    commitment.refresh_from_db()
    assert (commitment.state, commitment.version, commitment.remarks) == (S.MET, 2, "Visto")
    assert (commitment.settled_at, commitment.settled_by) == (NOW, cast.university)


def test_a_dispute_opens_what_was_settled(cast: Cast) -> None:
    commitment = standing(cast, S.PARTLY_MET, settled_at=NOW)
    move(commitment, Step.DISPUTE, now=NOW)
    commitment.refresh_from_db()
    assert (commitment.state, commitment.settled_at, commitment.settled_by) == (S.DISPUTED, None, None)


def test_a_step_is_refused_where_the_table_has_none(cast: Cast) -> None:
    commitment = standing(cast, S.AGREED)
    assert not may_take(commitment, Step.CONFIRM)
    with pytest.raises(NotOpen):
        move(commitment, Step.CONFIRM, now=NOW, settled_by_id=cast.university.pk)
    stale = Commitment.objects.get(pk=commitment.pk)
    move(commitment, Step.REPORT, now=NOW, progress=10)
    with pytest.raises(NotOpen):
        move(stale, Step.REPORT, now=NOW, progress=5)
    commitment.refresh_from_db()
    assert commitment.progress == 10


def test_a_historic_record_takes_no_step(cast: Cast) -> None:
    record = historic(cast, state=S.AGREED)
    assert not may_take(record, Step.REPORT)
    with pytest.raises(NotOpen):
        move(record, Step.REPORT, now=NOW)


def test_whose_word_it_was_is_asked_for(cast: Cast) -> None:
    with pytest.raises(ValueError, match="settled_by"):
        move(standing(cast, S.REPORTED), Step.CONFIRM, now=NOW)
    change = Commitment.objects.filter(state=S.REPORTED)
    assert "commitment_decided_by_somebody" in refused(lambda: change.update(state=S.MET))
    assert "commitment_settled_by_another" in refused(lambda: change.update(state=S.MET, settled_by=cast.ngo))


@pytest.mark.parametrize("kin", ["same", "parent", "child"])
def test_the_database_keeps_two_keys_on_the_commitment(cast: Cast, kin: str) -> None:
    other = cast.outsider
    if kin == "parent":
        part_of(cast.university, other)
    elif kin == "child":
        part_of(other, cast.university)
    else:
        other = cast.university
    commitment = proposal(cast)
    row = Commitment.objects.filter(pk=commitment.pk)
    assert refused(lambda: row.update(responsible=other))
    assert refused(lambda: commitment.co_responsible.add(other))
    row.update(verifier=None)
    commitment.co_responsible.add(other)
    assert "own commitment" in refused(lambda: row.update(verifier=cast.university))
    record = historic(cast, responsible=cast.ngo, verifier=cast.university)
    record.co_responsible.add(other)  # it says what its source says


def test_the_second_organization_stands_outside(cast: Cast) -> None:
    commitment = agreed(cast)
    part_of(cast.ngo, cast.outsider)
    session = outcome(cast, "Otro").session
    for second in (cast.ngo, cast.outsider):
        row = NonFulfilment(
            commitment=commitment, session=session, reason="x", recorded_by=cast.ministry, second=second,
            recorded_at=NOW,
        )  # fmt: skip
        assert "about its own commitment" in refused(row.save)
    commitment.co_responsible.add(cast.ministry)
    row.recorded_by, row.second = cast.university, cast.ministry
    assert refused(row.save)


def test_nothing_deletes_a_commitment(cast: Cast) -> None:
    for commitment in (proposal(cast), reported(cast)):
        rows = Commitment.objects.filter(pk=commitment.pk)
        assert "never deleted" in refused(lambda rows=rows: rows._raw_delete(rows.db))


def test_the_second_organization_may_be_the_verifier(cast: Cast) -> None:
    commitment = agreed(cast)
    NonFulfilment.objects.create(
        commitment=commitment, session=outcome(cast, "Otro").session, reason="x", recorded_by=cast.ministry,
        second=Organization.objects.get(pk=cast.university.pk), recorded_at=NOW,
    )  # fmt: skip
