"""Two sheets at once: one of them writes, the other finds that somebody was quicker."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.commitments.matrix import actions as matrix
from coordination.commitments.models import Commitment
from tests.cast import Cast
from tests.commitments.test_list import many

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def sheet(cast: Cast, row: Commitment, text: str) -> int:
    change = {"field": "remarks", "label": "x", "old": "", "new": text, "value": text}
    rows = [{"row": 4, "id": row.pk, "code": row.code, "version": row.version, "changes": [change], "errors": [], "notes": []}]  # fmt: skip
    return matrix.keep_sheet(rows=rows, by=cast.secretariat, now=timezone.now()).pk


def both(cast: Cast, sheets: list[int], allowed: set[int]) -> list[Any]:
    told: list[Any] = []
    together = threading.Barrier(len(sheets))

    def hand_in(pk: int) -> None:
        try:
            together.wait(20)
            told.append(
                matrix.apply_sheet(sheet_id=pk, allowed=allowed, by=cast.secretariat, now=timezone.now())
            )
        except matrix.AlreadyApplied as refused:
            told.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(pk,)) for pk in sheets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told


def test_two_sheets_at_once_write_one_row_once(cast: Cast) -> None:
    row = many(cast, 1)[0]
    told = both(cast, [sheet(cast, row, "uno"), sheet(cast, row, "dos")], {row.pk})
    assert sorted(written for written, _refused in told) == [0, 1]
    assert Commitment.objects.get(pk=row.pk).version == 2
    assert Activity.objects.filter(subject_type="commitment", subject_id=row.pk).count() == 1


def test_a_double_click_writes_one_sheet_once(cast: Cast) -> None:
    row = many(cast, 1)[0]
    one = sheet(cast, row, "uno")
    told = both(cast, [one, one], {row.pk})
    assert sum(isinstance(each, matrix.AlreadyApplied) for each in told) == 1
    assert Activity.objects.filter(subject_type="commitment", subject_id=row.pk).count() == 1


def test_without_the_lock_both_would_write(cast: Cast) -> None:
    """The control: the version read before the other one commits lets both through."""
    row = many(cast, 1)[0]
    read = threading.Barrier(2)

    def write(text: str) -> None:
        try:
            with transaction.atomic():
                mine = Commitment.objects.get(pk=row.pk)
                read.wait(20)
                if mine.version == row.version:
                    Commitment.objects.filter(pk=row.pk).update(remarks=text, version=mine.version + 1)
                    matrix.note(matrix.CommitmentEvent.EDITED, mine, cast.secretariat, timezone.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(text,)) for text in ("uno", "dos")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Activity.objects.filter(subject_type="commitment", subject_id=row.pk).count() == 2
