"""The road map: what is drawn where, who sees it, its files, and milestones whose dates are remembered."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from coordination.activity.models import Activity
from coordination.commitments.models import Commitment, Extension, Milestone
from coordination.commitments.roadmap import actions
from coordination.commitments.roadmap.queries import MOST_TICKS, Scale
from coordination.commitments.row import HistoricRecord
from coordination.common import dates
from coordination.common.errors import StaleVersion
from coordination.organizations.models import Person
from tests.cast import NOW, Cast
from tests.commitments.world import agreed, historic, proposal

pytestmark = pytest.mark.django_db
PAGE, FILES = "/es/compromisos/hoja-de-ruta/", "/es/compromisos/hoja-de-ruta/archivo/"


def due(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def moved(commitment: Commitment, days: int, reason: str = "Faltó el permiso") -> Commitment:
    """Extended by so many days, as the action leaves the rows."""
    old = commitment.due_on
    assert old is not None
    Extension.objects.create(
        commitment=commitment,
        old_due_on=old,
        new_due_on=old + timedelta(days=days),
        reason=reason,
        extended_at=NOW,
    )
    Commitment.objects.filter(pk=commitment.pk).update(due_on=old + timedelta(days=days), due_version=2)
    commitment.refresh_from_db()
    return commitment


def stone(cast: Cast, title: str = "Permiso firmado", days: int = 20, **given_: object) -> Milestone:
    return actions.add_milestone(
        mesa_id=cast.mesa.pk, title=title, due_on=due(days), by=cast.secretariat, now=NOW, **given_
    )  # type: ignore[arg-type]


@given(first=st.dates(date(1990, 1, 1), date(2060, 1, 1)), length=st.integers(0, 20_000), day=st.dates())
def test_every_place_lies_on_the_scale_and_ticks_stay_few(first: date, length: int, day: date) -> None:
    scale = Scale(first, first + timedelta(days=length))
    assert 0 <= scale.place(day) <= 1
    assert len(scale.ticks) <= MOST_TICKS
    assert all(0 <= place <= 1 for _day, place in scale.ticks)
    assert [each for each, _place in scale.ticks] == sorted({each for each, _place in scale.ticks})


@given(days=st.lists(st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=2, max_size=9))
def test_what_comes_later_never_stands_further_left(days: list[date]) -> None:
    scale = Scale(min(days), max(days))
    places = [scale.place(day) for day in sorted(days)]
    assert places == sorted(places)


def test_the_original_date_stays_beside_the_current_one_and_the_drawing_is_said_in_words(
    cast: Cast, client: Client
) -> None:
    commitment = moved(agreed(cast, due_on=due(10)), 30)
    page = client.get(PAGE).content.decode()
    assert commitment.code in page
    assert "m-road__slip" in page
    assert "m-road__was" in page
    assert "1 prórroga" in page


def test_what_is_overdue_is_drawn_until_today(cast: Cast, client: Client) -> None:
    commitment = agreed(cast, due_on=due(5))
    Commitment.objects.filter(pk=commitment.pk).update(due_on=due(-12))
    assert "m-road__late" in client.get(PAGE).content.decode().split("</thead>")[1]


def test_proposals_are_no_promise_and_old_records_wait_for_whoever_asks(cast: Cast, client: Client) -> None:
    draft = proposal(cast, statement="Una propuesta todavía")
    old = historic(cast, statement_es="Un compromiso viejo", due_on=date(2018, 5, 1))
    page = client.get(PAGE).content.decode()
    assert draft.statement not in page
    assert old.statement not in page
    assert old.statement in client.get(f"{PAGE}?todo=1").content.decode()


def test_a_choice_in_the_address_narrows_it_and_one_that_is_not_here_is_never_the_road_of_everybody(
    cast: Cast, client: Client
) -> None:
    own = agreed(cast, due_on=due(30))
    stone(cast)
    assert own.code in client.get(f"{PAGE}?mesa={cast.mesa.slug}&group=nada").content.decode()
    for unknown in ("mesa=no-existe", "axis=no-existe", "responsible=no-existe"):
        page = client.get(f"{PAGE}?{unknown}").content.decode()
        assert own.code not in page
        assert "Permiso firmado" not in page
        assert client.get(f"{FILES}csv/?{unknown}").status_code == 404


def test_a_mesa_that_has_only_milestones_has_a_road(cast: Cast, client: Client) -> None:
    stone(cast)
    assert "Permiso firmado" in client.get(f"{PAGE}?mesa={cast.mesa.slug}").content.decode()


def ended(cast: Cast, state: str, statement: str) -> Commitment:
    """Settled a week ago, as the actions leave the row."""
    made = agreed(cast, due_on=due(10), statement=statement)
    by = None if state == "withdrawn" else made.verifier_id
    if state == "met":
        Commitment.objects.filter(pk=made.pk).update(state="reported")
    Commitment.objects.filter(pk=made.pk).update(
        state=state,
        settled_at=timezone.now() - timedelta(days=7),
        settled_by=by,
        withdrawn_reason="Ya no hace falta",
    )
    return made


def test_what_ended_has_a_sign_and_words_of_its_own_and_is_no_date_to_keep(
    cast: Cast, client: Client
) -> None:
    gone, done, missed = (ended(cast, state, f"Algo {state}") for state in ("withdrawn", "met", "not_met"))
    open_one = agreed(cast, due_on=due(12), statement="Algo abierto")
    with translation.override("en"):
        day = dates.date_words(timezone.localdate() - timedelta(days=7))
    page = client.get(f"{PAGE.replace('/es/', '/en/')}?mesa={cast.mesa.slug}").content.decode()
    for words in ("withdrawn", "met", "not met"):
        assert f", {words} on {day}" in page, words
    assert page.count("m-road__cross") == 2  # in the key and on its line
    assert page.count("m-road__ring") == 2
    calendar = Calendar.from_ical(client.get(f"{FILES}ics/").content)
    events = {str(event["summary"]).split(": ")[-1][:6]: event for event in calendar.walk("VEVENT")}
    found = {code: (str(event["status"]), str(event["summary"])) for code, event in events.items()}
    assert found[gone.code][0] == "CANCELLED"
    assert found[gone.code][1].startswith("Retirado: ")
    assert found[done.code] == ("CONFIRMED", f"Cumplido: {done.code} Algo met")
    assert found[missed.code] == ("CONFIRMED", f"No cumplido: {missed.code} Algo not_met")
    assert found[open_one.code] == ("CONFIRMED", f"{open_one.code} Algo abierto")
    assert all(cast.mesa.name in str(event["description"]) for event in events.values())
    assert int(events[gone.code]["sequence"]) == 1


def test_the_paper_names_the_mesa_and_keeps_the_first_date_of_a_milestone(cast: Cast, client: Client) -> None:
    milestone = stone(cast)
    actions.change_milestone(
        milestone_id=milestone.pk, version=1, title=milestone.title, due_on=due(40), moved_reason="Llovió",
        today=due(0), by=cast.secretariat, now=NOW,
    )  # fmt: skip
    agreed(cast, due_on=due(10))
    one, every = (
        PdfReader(io.BytesIO(client.get(f"{FILES}pdf/{query}").content)).pages[0].extract_text()
        for query in (f"?mesa={cast.mesa.slug}", "")
    )
    assert cast.mesa.name in " ".join(one.split())
    assert "Todas las mesas" in every
    assert cast.mesa.name in " ".join(every.split())
    for day in (due(20), due(40)):
        assert dates.short_date(day) in one


def test_on_paper_the_head_says_day_mesa_and_filter(cast: Cast, client: Client) -> None:
    agreed(cast, due_on=due(10))
    page = client.get(f"{PAGE}?mesa={cast.mesa.slug}&group=responsible").content.decode()
    head = page.split('class="m-on-paper')[1].split("</p>")[0]
    assert dates.date_words(timezone.localdate()) in head
    assert "Agrupado por: organización" in head
    assert f"mesa={cast.mesa.slug}" in head


def test_files_say_the_same_rows(cast: Cast, client: Client) -> None:
    commitment = moved(agreed(cast, due_on=due(10), statement="=Abrir, con; comas"), 30, "=1+1")
    stone(cast)
    table = list(csv.reader(io.StringIO(client.get(f"{FILES}csv/").content.decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(client.get(f"{FILES}xlsx/").content)).active
    rows = [row for row in table if row[1] == commitment.code]
    assert len(rows) == 1
    assert rows[0][2].startswith("'=")
    assert book.max_row == len(table) == 3
    assert all(cell.data_type != "f" for line in book.iter_rows() for cell in line)
    days = Calendar.from_ical(client.get(f"{FILES}ics/").content)
    assert {str(event["summary"])[:4] for event in days.walk("VEVENT")} == {commitment.code[:4], "Hito"}
    assert {event.decoded("dtstart") for event in days.walk("VEVENT")} == {commitment.due_on, due(20)}
    paper = client.get(f"{FILES}pdf/?mesa={cast.mesa.slug}")
    assert paper.content.startswith(b"%PDF")
    assert client.get(f"{FILES}exe/").status_code == 404


def test_signs_that_a_workbook_cannot_hold_do_not_stop_it(cast: Cast, client: Client) -> None:
    agreed(cast, due_on=due(10), statement="Abrir\x0b el punto")
    book = load_workbook(io.BytesIO(client.get(f"{FILES}xlsx/").content)).active
    assert book.cell(2, 3).value == "Abrir el punto"


def test_a_calendar_carries_nothing_closed(cast: Cast, sign_in: Callable[[Person], Client]) -> None:
    closed = agreed(cast, due_on=due(10))
    Commitment.objects.filter(pk=closed.pk).update(is_casa_adentro=True, statement_es="Un secreto")
    for client in (Client(), sign_in(cast.rosa)):
        assert "Un secreto" not in client.get(f"{FILES}ics/").content.decode()
    assert "Un secreto" not in Client().get(PAGE).content.decode()


def test_an_empty_road_map_says_what_will_be_there(client: Client, db: None) -> None:
    assert "hoja de ruta" in client.get(PAGE).content.decode().lower()


@pytest.mark.parametrize("kind", ["", "csv", "ics"])
def test_it_asks_the_same_at_one_three_and_three_hundred(
    cast: Cast, sign_in: Callable[[Person], Client], kind: str
) -> None:
    client, asked = sign_in(cast.rosa), []
    template = agreed(cast, due_on=due(30))
    where = f"{FILES}{kind}/" if kind else f"{PAGE}?group=axis"
    stone(cast, commitment_id=template.pk)
    client.get(where)
    for count in (1, 3, 300):
        there = Commitment.objects.count()
        made = Commitment.objects.bulk_create(
            Commitment(
                mesa=cast.mesa, number=1000 + number, statement_es=f"Compromiso {number}", state="agreed",
                responsible=cast.ngo, verifier=cast.university, deliverable="x", means_of_verification="x",
                due_on=due(number % 90), original_due_on=due(number % 60), agreed_at=NOW,
            )
            for number in range(there, count)
        )  # fmt: skip
        Milestone.objects.bulk_create(
            Milestone(
                mesa=cast.mesa,
                commitment=each,
                title="x",
                due_on=due(1),
                original_due_on=due(1),
                created_at=NOW,
            )
            for each in made
        )
        with CaptureQueriesContext(connection) as counted:
            assert client.get(where).status_code == 200
        asked.append(len(counted))
    assert asked[0] == asked[1] == asked[2] <= 12
    if not kind:
        shown = [
            set(re.findall(rf"{cast.mesa.code_prefix}-\d+", client.get(f"{where}&page={n}").content.decode()))
            for n in range(1, 7)
        ]
        assert [len(codes) for codes in shown] == [50] * 6
        assert len(set().union(*shown)) == 300


def test_a_date_that_moves_says_why_and_keeps_the_first_one(cast: Cast) -> None:
    milestone = stone(cast)
    told = {"title": milestone.title, "today": due(0), "by": cast.secretariat, "now": NOW}
    with pytest.raises(actions.MilestoneMoved):
        actions.change_milestone(milestone_id=milestone.pk, version=1, due_on=due(40), **told)
    after = actions.change_milestone(
        milestone_id=milestone.pk, version=1, due_on=due(40), moved_reason="Llovió", **told
    )
    assert (after.due_on, after.original_due_on, after.moved_reason) == (due(40), due(20), "Llovió")
    with pytest.raises(StaleVersion):
        actions.change_milestone(milestone_id=milestone.pk, version=1, due_on=due(20), **told)
    with pytest.raises(actions.ReachedInTheFuture):
        actions.change_milestone(milestone_id=milestone.pk, version=2, due_on=due(20), done_on=due(3), **told)
    back = actions.change_milestone(
        milestone_id=milestone.pk, version=2, due_on=due(20), done_on=due(0), **told
    )
    assert (back.moved_reason, back.done_on) == ("", due(0))
    assert Activity.objects.filter(kind="milestone.changed").count() == 2


def test_a_milestone_ends_before_its_commitment_and_a_record_takes_none(cast: Cast) -> None:
    commitment = agreed(cast, due_on=due(30))
    with pytest.raises(actions.AfterTheDueDate):
        stone(cast, days=31, commitment_id=commitment.pk)
    with pytest.raises(HistoricRecord):
        stone(cast, commitment_id=historic(cast).pk)


def test_one_that_is_sent_twice_is_one(cast: Cast) -> None:
    assert stone(cast) == stone(cast)
    assert Activity.objects.filter(kind="milestone.added").count() == 1


def test_it_is_taken_off_once_and_its_row_stays(cast: Cast) -> None:
    milestone = stone(cast)
    actions.remove_milestone(milestone_id=milestone.pk, version=1, by=cast.secretariat, now=NOW)
    with pytest.raises(actions.MilestoneGone):
        actions.remove_milestone(milestone_id=milestone.pk, version=2, by=cast.secretariat, now=NOW)
    assert Milestone.objects.filter(pk=milestone.pk).exists()


def test_the_secretariat_adds_changes_and_removes_one_on_its_pages(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    client = sign_in(cast.rosa)
    commitment = agreed(cast, due_on=due(30))
    add = f"/es/mesas/{cast.mesa.slug}/hitos/nuevo/?compromiso={commitment.public_id}"
    assert client.post(add, {"title": "", "due_on": "ayer"}).status_code == 422
    assert client.post(add, {"title": "Predio elegido", "due_on": due(20)}).status_code == 302
    milestone = Milestone.objects.get()
    assert milestone.commitment == commitment
    assert "Predio elegido" in client.get(PAGE).content.decode()
    one = f"/es/hitos/{milestone.public_id}/"
    values = {"title": "Predio elegido", "due_on": due(25), "version": 1, "moved_reason": "Cambió el barrio"}
    assert client.post(one, values | {"moved_reason": ""}).status_code == 422
    assert client.post(one, values).status_code == 302
    assert client.post(f"{one}quitar/", {"version": "x"}).status_code == 302
    assert client.post(f"{one}quitar/", {"version": 2}).status_code == 302
    assert client.get(one).status_code == 404
    assert client.get(f"/es/mesas/{cast.mesa.slug}/hitos/nuevo/?compromiso=x").status_code == 404
