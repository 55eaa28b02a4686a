"""Counts of who came: what is hidden stays hidden from whoever knows the rule, and bare totals contradict no list."""

import io
import itertools
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from coordination.attendees.actions.totals import Totals, TotalsRefused, state_totals
from coordination.attendees.models import Attendance, SectorTotal, StatedCount
from coordination.attendees.suppression import SHOWN_FROM, suppressed
from coordination.attendees.totals import shown_totals
from coordination.sessions.models import Block, Session
from tests.attendees.inviting import accept, called, delegates, invitation_of
from tests.cast import Cast, many_organizations, sector_type

COUNTS = st.lists(st.integers(0, 14), min_size=1, max_size=5)


def tables_like(shown: dict[int, int | None] | None, size: int, total: int) -> list[tuple[int, ...]]:
    """Every table that somebody who knows the rule, the total and what is shown cannot tell from the true one."""
    found = []
    for some in itertools.product(range(total + 1), repeat=size - 1):
        table = (*some, total - sum(some))
        if table[-1] >= 0 and suppressed(dict(enumerate(table))) == shown:
            found.append(table)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=3))
def test_no_hidden_count_can_be_worked_out_by_who_knows_the_rule_and_the_total(counts: list[int]) -> None:
    shown = suppressed(dict(enumerate(counts)))
    if shown is None or None not in shown.values():
        return
    alike = tables_like(shown, len(counts), sum(counts))
    assert tuple(counts) in alike
    for place, n in shown.items():
        if n is None:
            assert len({table[place] for table in alike}) > 1


@settings(max_examples=300, deadline=None)
@given(COUNTS)
def test_no_small_count_is_shown_and_what_hides_together_is_not_small(counts: list[int]) -> None:
    shown = suppressed(dict(enumerate(counts)))
    if shown is None:
        return
    for place, n in shown.items():
        assert n is None or (n == counts[place] and not 0 < n < SHOWN_FROM)
    hidden = [counts[place] for place, n in shown.items() if n is None]
    assert not hidden or (len(hidden) > 1 and sum(hidden) >= SHOWN_FROM)


@settings(max_examples=100, deadline=None)
@given(COUNTS, st.randoms(use_true_random=False))
def test_what_is_hidden_does_not_depend_on_the_order_of_the_answers(counts: list[int], chance) -> None:
    places = list(range(len(counts)))
    chance.shuffle(places)
    one, other = suppressed(dict(enumerate(counts))), suppressed({place: counts[place] for place in places})
    assert one == other


@pytest.fixture
def rosa(today: Cast, sign_in) -> Client:
    return sign_in(today.rosa)


@pytest.fixture
def over(today: Cast) -> Session:
    """It ended an hour ago; the NGO's two delegates were confirmed and nobody has a mark."""
    session = called(today)
    accept(today, invitation_of(session, today.ngo))
    end = timezone.now() - timedelta(hours=1)
    hours = {"starts_at": end - timedelta(hours=3), "ends_at": end}
    Session.objects.filter(pk=session.pk).update(**hours)
    session.blocks.update(**hours)
    session.refresh_from_db()
    return session


def at(name: str, session: Session) -> str:
    return reverse(f"attendees:{name}", kwargs={"public_id": session.public_id})


def present(session: Session, organization, names: list[str], **fields) -> None:
    told = {"block": session.blocks.first(), "status": "present", "is_walk_in": True} | fields
    Attendance.objects.bulk_create(
        Attendance(organization=organization, name=name, recorded_at=timezone.now(), **told) for name in names
    )


def test_people_are_counted_once_by_sector_and_small_groups_are_hidden(today: Cast, over: Session) -> None:
    present(over, today.ngo, [f"N{n}" for n in range(12)])
    present(over, today.university, [f"U{n}" for n in range(3)])
    present(over, today.ministry, [f"M{n}" for n in range(4)])
    second = Block.objects.create(
        session=over, order=2, starts_at=over.ends_at, ends_at=over.ends_at + timedelta(hours=1)
    )
    present(over, today.ngo, ["N1", "n2"], block=second)
    closed = Block.objects.create(
        session=over,
        order=3,
        is_casa_adentro=True,
        starts_at=over.ends_at,
        ends_at=over.ends_at + timedelta(hours=1),
    )
    present(over, today.outsider, [f"X{n}" for n in range(16)], block=closed)
    [sectors] = shown_totals(over)
    assert {str(label): n for label, n in sectors.rows} == {
        "civil_society": 12, "academia": None, "central_government": None,
    }  # fmt: skip
    over.is_casa_adentro = True
    [inside] = shown_totals(over)
    assert ("private_sector", 16) in [(str(label), n) for label, n in inside.rows]


def test_the_page_tells_counts_and_no_names(rosa: Client, today: Cast, over: Session) -> None:
    present(over, today.ngo, [f"Persona {n}" for n in range(7)])
    StatedCount.objects.create(session=over, question="sex", answer="woman", count=2)
    page = rosa.get(at("totals", over))
    text = page.content.decode()
    assert page.status_code == 200 and "Persona 1" not in text
    assert [table.rows for table in page.context["tables"] if table.key == "sex"] == [[]]


def test_bare_totals_close_the_attendance_and_can_be_corrected(
    rosa: Client, today: Cast, over: Session
) -> None:
    sector = sector_type().sector
    told = {
        "organizations": "14", "sectors": "3", "people": "20", "quorum_met": "yes",
        f"organizations_{sector.pk}": "9", f"people_{sector.pk}": "13", "sex_woman": "11", "sex_man": "9",
    }  # fmt: skip
    assert "sin-lista" in rosa.get(at("totals", over)).content.decode()
    assert rosa.post(at("bare_totals", over), told).status_code == 302
    over.refresh_from_db()
    assert (over.present_organizations, over.present_sectors, over.present_people) == (14, 3, 20)
    assert over.quorum_met and over.attendance_closed_at
    shown = {table.key: [n for _label, n in table.rows] for table in shown_totals(over)}
    assert shown == {"sector": [13, 7], "sex": [11, 9]}
    page = rosa.get(at("totals", over))
    assert page.context["without_list"]
    assert rosa.get(at("attendance", over)).url == at("totals", over)
    again = rosa.get(at("bare_totals", over)).context["form"]
    assert again.initial["people"] == 20 and again.initial["sex_man"] == 9
    assert rosa.post(at("bare_totals", over), told | {"people": "21"}).status_code == 302
    assert SectorTotal.objects.count() == 1 and StatedCount.objects.count() == 2
    over.refresh_from_db()
    assert over.present_people == 21


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"people": 3}, "people"),
        ({"sectors": 9}, "sectors"),
        ({"by_sector": {1: (9, 9)}}, "organizations"),
        ({"by_sector": {1: (2, 99)}}, "people"),
        ({"by_sector": {1: (1, 1), 2: (1, 1), 3: (1, 1)}}, "sectors"),
        ({"stated": {("sex", "woman"): 8, ("sex", "man"): 8}}, "people"),
    ],
)
def test_totals_that_do_not_add_up_are_refused(today: Cast, over: Session, changed, field: str) -> None:
    told = {"organizations": 5, "sectors": 2, "people": 10, "quorum_met": False} | changed
    with pytest.raises(TotalsRefused) as refused:
        state_totals(session_id=over.pk, totals=Totals(**told), by=today.secretariat, now=timezone.now())
    assert refused.value.field == field
    assert not SectorTotal.objects.exists()


def test_totals_are_refused_before_the_end_and_where_a_register_is(
    rosa: Client, today: Cast, over: Session
) -> None:
    told = {"organizations": "5", "sectors": "2", "people": "10", "quorum_met": "no"}
    Session.objects.filter(pk=over.pk).update(ends_at=timezone.now() + timedelta(hours=1))
    assert rosa.post(at("bare_totals", over), told).status_code == 422
    Session.objects.filter(pk=over.pk).update(ends_at=over.ends_at)
    present(over, today.ngo, ["Sol"])
    refused = rosa.post(at("bare_totals", over), told)
    assert refused.status_code == 422 and not refused.context["takes"]
    over.refresh_from_db()
    assert over.attendance_closed_at is None


def test_the_list_as_a_file_computes_nothing(rosa: Client, today: Cast, over: Session) -> None:
    [principal, _alternate] = delegates(invitation_of(over, today.ngo))
    Attendance.objects.create(
        block=over.blocks.get(),
        organization=today.ngo,
        delegate=principal,
        status="present",
        recorded_at=today.now,
    )
    hostile = ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "Ana \x0b Vera"]
    present(over, today.university, hostile)
    text = rosa.get(at("list_csv", over)).content.decode("utf-8-sig")
    rows = rosa.get(at("list_xlsx", over)).content
    book = load_workbook(io.BytesIO(rows))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "inlineStr"}
    names = [row[2].value for row in book.active.iter_rows(min_row=2)]
    assert "Carmen Loja" in names and "Ana  Vera" in names
    assert not any(name.lstrip().startswith(("=", "+", "-", "@")) for name in names)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(rows)).read("xl/worksheets/sheet1.xml")
    for name in hostile[:4]:
        assert f"'{name}" in text


def test_pages_of_the_totals_cost_the_same_at_any_length(
    rosa: Client, today: Cast, over: Session, django_assert_max_num_queries
) -> None:
    for org in many_organizations([f"O{n}" for n in range(60)]):
        present(over, org, ["A", "B", "C"])
    with django_assert_max_num_queries(12):
        assert rosa.get(at("totals", over)).status_code == 200
    with django_assert_max_num_queries(8):
        assert rosa.get(at("list_csv", over)).status_code == 200
