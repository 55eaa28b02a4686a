"""The ladder editor: what it shows is what leaves, nothing is sent after the fact, and no input breaks it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from coordination.activity.models import Activity
from coordination.commitments.models import Commitment
from coordination.mesas import actions, ladders
from coordination.mesas.models import Mesa
from coordination.notifications import preview
from coordination.notifications.facts import commitment_facts, session_facts
from coordination.notifications.models import Notification
from coordination.notifications.planner import (
    DAY,
    CommitmentFacts,
    commitment_messages,
    rungs_around,
    rungs_before,
)
from coordination.notifications.planning import Root, roots_of_ladders
from coordination.notifications.remind import remind
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast
from tests.notifications.conftest import ALTERNA, TITULAR, Sink, World

SignIn = Callable[..., Client]
STATE = Notification.State
FORTY = [n * ladders.DAY for n in range(1, 41)]
QUITO = ZoneInfo("America/Guayaquil")


def set_ladders(world: World, at: datetime | None = None, **changed: list[int]) -> Mesa:
    mesa = Mesa.objects.get(pk=world.cast.mesa.pk)
    steps = {"session_ladder": mesa.session_ladder, "commitment_ladder": mesa.commitment_ladder} | changed
    return actions.set_ladders(
        mesa_id=mesa.pk, version=mesa.version, by=world.cast.secretariat, now=at or world.now, **steps
    )


def shown_for_session(world: World, steps: list[int], at: datetime) -> list[preview.Step]:
    """The preview as the page makes it, of a ladder that nobody has saved."""
    mesa = Mesa.objects.get(pk=world.cast.mesa.pk)
    since = ladders.counted_from(mesa.session_ladder, mesa.session_ladder_since, steps, at)
    facts = session_facts(world.session.pk, at)
    assert facts
    return preview.session_steps(facts, ladders.before_a_session(steps), ladders.moments(since), at)


def shown_for_commitment(
    world: World, made: Commitment, steps: list[int], at: datetime
) -> list[preview.Step]:
    mesa = Mesa.objects.get(pk=world.cast.mesa.pk)
    since = ladders.counted_from(mesa.commitment_ladder, mesa.commitment_ladder_since, steps, at)
    facts = commitment_facts(made.pk, at)
    assert facts
    return preview.commitment_steps(
        facts, ladders.around_a_due_date(steps), ladders.moments(since), at, responsible=made.responsible
    )


def expected(lines: list[preview.Step], kind: str) -> set[tuple[int, datetime, int]]:
    return {
        (line.step, line.due_at, person)
        for line in lines
        for person in line.recipients
        if line.kind == kind and line.state in ("ahead", "late")
    }


def waiting(kind: str) -> set[tuple[int, datetime, int]]:
    rows = Notification.objects.filter(kind=kind, state=STATE.PLANNED)
    return set(rows.values_list("rung", "due_at", "recipient_id"))


LADDERS_TRIED = [
    [ladders.DAY],
    [],
    [60 * ladders.DAY, 20 * ladders.DAY, 3 * ladders.DAY, 90, 10],
    FORTY[:20],
]


class TestPreview:
    @pytest.mark.parametrize("steps", LADDERS_TRIED)
    def test_what_is_shown_before_saving_is_what_is_planned_after_it(
        self, world: World, steps: list[int]
    ) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        world.plan()
        later = world.now + 10 * DAY
        shown = shown_for_session(world, steps, later)
        set_ladders(world, at=later, session_ladder=steps)
        world.plan(later)
        assert waiting("session_reminder") == expected(shown, "session_reminder")
        assert {row for row in waiting("answer_reminder") if row[1] > later} == expected(
            shown, "answer_reminder"
        )

    @pytest.mark.parametrize("steps", [[-15, -5, 0, 3, 10], [-1], [], [-30, -20, -7, 1, 12]])
    def test_the_steps_of_a_commitment_are_those_the_clock_makes(
        self, world: World, steps: list[int]
    ) -> None:
        world.convene()
        made = world.promise(due_in=40)
        world.plan()
        shown = shown_for_commitment(world, made, steps, world.now)
        set_ladders(world, commitment_ladder=steps)
        world.plan()
        found = set()
        for line in shown:
            remind(line.due_at - timedelta(hours=2))
            found |= waiting("commitment_due")
        assert found == expected(shown, "commitment_due")
        assert [line.step for line in shown] == steps

    def test_it_says_when_to_how_many_and_how_long_before(self, world: World) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        with translation.override("en"):
            (line,) = [
                each
                for each in shown_for_session(world, [7 * ladders.DAY], world.now)
                if each.kind == "session_reminder"
            ]
        assert line.when == "Wednesday 25 March 2026, 09:00, Quito time"
        assert line.sentence == "reminder to 2 people (7 days before)"

    def test_late_reproaches_go_to_the_head_and_say_so(self, world: World) -> None:
        from_head = world.cast.tomas.tenures.get().post
        from_head.organization = world.cast.ngo
        from_head.save()
        world.convene()
        made = world.promise(due_in=40)
        with translation.override("en"):
            lines = {
                line.step: line.sentence for line in shown_for_commitment(world, made, [0, 10, 12], world.now)
            }
        assert lines[0] == "reminder to Carmen Loja, of Fundación Puente Sur (the very day)"
        assert lines[10] == "reminder to Tomás Vera, head of Fundación Puente Sur (10 days after)"
        assert lines[12] == "letter (PDF) to Fundación Puente Sur: Tomás Vera, Carmen Loja (12 days after)"

    def test_an_organization_nobody_speaks_for_is_told_as_such(self, world: World) -> None:
        world.convene()
        made = world.promise(due_in=40)
        world.cast.carmen.tenures.all().delete()
        with translation.override("en"):
            (line,) = shown_for_commitment(world, made, [0], world.now)
        assert line.sentence.startswith("nobody to write to")

    def test_what_was_sent_and_what_has_passed_are_told_apart(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        world.send()
        at = world.session.starts_at - 6 * DAY
        world.send(at)
        steps = [8 * ladders.DAY, 7 * ladders.DAY, ladders.DAY]
        lines = shown_for_session(world, steps, at)
        states = {line.step: line.state for line in lines if line.kind == "session_reminder"}
        assert states == {8 * ladders.DAY: "past", 7 * ladders.DAY: "sent", ladders.DAY: "ahead"}

    def test_forty_steps_are_shown_and_planned_alike(self, world: World) -> None:
        """The editor refuses so many; a row that has them all the same must work."""
        world.convene()
        world.name(TITULAR, ALTERNA)
        Mesa.objects.update(session_ladder=FORTY, commitment_ladder=list(range(-20, 20)))
        world.plan()
        lines = shown_for_session(world, FORTY, world.now)
        assert waiting("session_reminder") == expected(lines, "session_reminder")
        assert len(waiting("session_reminder")) == 2 * 29  # the session is thirty days away
        made = world.promise(due_in=40)
        assert len(shown_for_commitment(world, made, list(range(-20, 20)), world.now)) == 40

    def test_an_example_has_every_step_ahead(self, db: None) -> None:
        now = datetime(2026, 3, 2, 15, tzinfo=UTC)
        for steps in ladders.SESSION_PRESETS.values():
            lines = preview.session_steps(preview.example_session(steps, QUITO, now), steps, {}, now)
            assert [line.state for line in lines] == ["ahead"] * len(steps)
        for days in ladders.COMMITMENT_PRESETS.values():
            lines = preview.commitment_steps(preview.example_commitment(days, QUITO, now), days, {}, now)
            assert [line.state for line in lines] == ["ahead"] * len(days)


class TestSaving:
    def test_a_step_whose_moment_has_passed_is_not_sent_after_the_fact(self, world: World) -> None:
        world.convene()
        world.name(TITULAR, ALTERNA)
        world.plan()
        at = world.session.starts_at - 5 * DAY
        set_ladders(world, at=at, session_ladder=[6 * ladders.DAY, 2 * ladders.DAY])
        world.plan(at)
        assert {rung for rung, _due, _person in waiting("session_reminder")} == {2 * ladders.DAY}

    def test_a_step_of_a_commitment_added_too_late_is_not_sent_either(self, world: World) -> None:
        world.convene()
        made = world.promise(due_in=40)
        world.plan()
        assert made.due_on
        at = datetime.combine(made.due_on - 3 * DAY, datetime.min.time(), tzinfo=UTC) + timedelta(hours=20)
        set_ladders(world, at=at, commitment_ladder=[-4, -2])
        world.plan(at)
        assert {rung for rung, _due, _person in waiting("commitment_due")} == {-2}

    def test_a_step_that_waits_for_its_turn_is_still_sent_when_others_change(self, world: World) -> None:
        """Nobody was sending for an hour: what was due then is not lost because somebody saves the ladder."""
        world.convene()
        world.name(TITULAR)
        world.plan()
        at = world.session.starts_at - 7 * DAY + timedelta(hours=1)
        set_ladders(world, at=at, session_ladder=[7 * ladders.DAY, 3 * ladders.DAY])
        world.plan(at)
        assert {rung for rung, _due, _person in waiting("session_reminder")} == {
            7 * ladders.DAY,
            3 * ladders.DAY,
        }

    def test_what_has_been_sent_is_not_sent_again(self, world: World, sink: Sink) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        at = world.session.starts_at - 7 * DAY + timedelta(minutes=1)
        world.send(at)
        told = len(sink.to("carmen@cast.example"))
        set_ladders(world, at=at, session_ladder=[ladders.DAY])
        world.plan(at)
        set_ladders(world, at=at, session_ladder=[7 * ladders.DAY, ladders.DAY])
        world.plan(at)
        world.send(at + timedelta(minutes=1))
        assert len(sink.to("carmen@cast.example")) == told
        assert {row.state for row in world.rows("session_reminder", rung=7 * ladders.DAY)} == {STATE.SENT}

    def test_a_step_taken_away_takes_its_messages_with_it_and_back(self, world: World) -> None:
        world.convene()
        world.name(TITULAR)
        world.plan()
        before = waiting("session_reminder")
        set_ladders(world, session_ladder=[])
        world.plan()
        assert waiting("session_reminder") == set()
        set_ladders(world, session_ladder=[7 * ladders.DAY, ladders.DAY, 120])
        world.plan()
        assert waiting("session_reminder") == before

    def test_it_records_what_changed_and_nothing_when_nothing_did(self, world: World) -> None:
        mesa = set_ladders(world, session_ladder=[120, 120, ladders.DAY])
        assert (mesa.session_ladder, mesa.version) == ([ladders.DAY, 120], 2)
        activity = Activity.objects.get(kind="mesa.ladders_changed")
        assert activity.payload == {"session_ladder": {"from": [10080, 1440, 120], "to": [1440, 120]}}
        assert set_ladders(world, session_ladder=[120, ladders.DAY]).version == 2
        assert Activity.objects.filter(kind="mesa.ladders_changed").count() == 1

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            ({"session_ladder": FORTY}, actions.TooManySteps),
            ({"session_ladder": [-5]}, actions.StepOutOfRange),
            ({"session_ladder": [10**12]}, actions.StepOutOfRange),
            ({"commitment_ladder": [-366]}, actions.StepOutOfRange),
        ],
    )
    def test_it_refuses_what_no_ladder_holds(self, world: World, wrong: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            set_ladders(world, **wrong)

    def test_only_plans_that_may_change_are_made_again(self, world: World) -> None:
        world.convene()
        near, far = world.promise(due_in=10), world.promise(due_in=300)
        roots = roots_of_ladders(world.cast.mesa.pk, world.now)
        assert Root("session", world.session.pk) in roots
        assert Root("commitment", near.pk) in roots
        assert Root("commitment", far.pk) not in roots


class TestPlannerOnBadInput:
    def test_impossible_steps_before_a_session_are_left_out(self) -> None:
        at = datetime(2026, 4, 1, 14, tzinfo=UTC)
        steps = [-120, 0, 120, 2**31 - 1]
        assert list(rungs_before(at, QUITO, steps, at - 400 * DAY)) == [(120, at - timedelta(hours=2), at)]

    def test_impossible_steps_around_a_due_date_are_left_out(self) -> None:
        assert [step for step, _, _ in rungs_around(date(2026, 4, 1), QUITO, [-32768, -1, 0, 32767])] == [
            -1,
            0,
        ]
        for day in (date.min, date.max):
            list(rungs_around(day, QUITO, [-15, 0, 10]))

    def test_a_commitment_due_at_the_end_of_time_breaks_nothing(self) -> None:
        facts = CommitmentFacts(
            id=1, state="agreed", due_on=date.max, due_version=1, zone=QUITO, ladder=(-15, 0, 10),
            agreed_at=datetime(2026, 1, 1, tzinfo=UTC), extended_at=None, session_closed_at=None,
        )  # fmt: skip
        assert commitment_messages(facts, datetime(2026, 3, 1, tzinfo=UTC)) == []

    def test_a_zone_that_no_longer_exists_stops_nobody_from_being_reminded(
        self, world: World, sink: Sink
    ) -> None:
        world.convene()
        world.name(TITULAR)
        Session.objects.update(time_zone="America/Atlantis")
        Mesa.objects.update(time_zone="America/Atlantis")
        world.promise(due_in=10)
        world.plan()
        world.send()
        reminders = waiting("session_reminder")
        assert {due for rung, due, _ in reminders if rung == 7 * ladders.DAY} == {
            world.session.starts_at - 7 * DAY
        }
        letter = sink.to("carmen@cast.example")[-1].get_body(("plain",)).get_content()
        assert "hora de Quito" in letter
        assert "Atlantis" not in letter
        assert remind(world.now + 5 * DAY - timedelta(hours=2)) >= 1


@pytest.fixture
def editor(world: World, sign_in: SignIn) -> Callable[..., Any]:
    """The editor as Rosa sees it; ``editor(query)`` reads, ``editor(post=…)`` writes."""
    client = sign_in(world.cast.rosa)
    url = reverse("notifications:ladder", args=[world.cast.mesa.slug])

    def ask(query: str = "", post: dict[str, Any] | None = None) -> Any:
        return client.get(url + query) if post is None else client.post(url, post)

    return ask


def rows(session: list[tuple[Any, str]], commitment: list[tuple[Any, str]], **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"version": 1, "do": "save", **more}
    for which, cells in (("session", session), ("commitment", commitment)):
        data |= {f"{which}-TOTAL_FORMS": len(cells), f"{which}-INITIAL_FORMS": 0}
        for place, (number, unit) in enumerate(cells):
            data |= {f"{which}-{place}-number": number, f"{which}-{place}-unit": unit}
    return data


USUAL = [(7, "days"), (1, "days"), (2, "hours"), ("", "days")]
AROUND = [(15, "before"), (5, "before"), ("", "on"), (3, "after"), (10, "after"), ("", "before")]


class TestPage:
    @pytest.fixture(autouse=True)
    def now(self, world: World) -> None:
        """The page asks the clock, and the cast lives in another year: its session is brought to ours."""
        start = timezone.now().replace(microsecond=0) + timedelta(days=30)
        Session.objects.update(starts_at=start, ends_at=start + timedelta(hours=4), state="announced")

    def test_it_shows_what_is_saved_and_what_it_sends_for_the_next_session(
        self, editor: Any, world: World
    ) -> None:
        answer = editor()
        first, second = answer.context["parts"]
        assert [form["number"].value() for form in first.formset] == ["7", "1", "2", ""]
        assert [form["unit"].value() for form in second.formset] == [
            "before",
            "before",
            "on",
            "after",
            "after",
            "before",
        ]
        assert first.chosen == str(world.session.public_id)
        assert [line.state for line in first.preview] == ["ahead"] * 3
        assert second.chosen == "example"
        assert not answer.context["unsaved"]

    def test_the_preview_is_of_what_was_typed_and_writes_nothing(self, editor: Any, world: World) -> None:
        answer = editor(post=rows([(3, "days"), (90, "minutes")], [(1, "before")], do="preview"))
        assert answer.status_code == 302
        seen = editor("?" + answer.url.partition("?")[2])
        assert [line.step for line in seen.context["parts"][0].preview] == [3 * ladders.DAY, 90]
        assert [line.step for line in seen.context["parts"][1].preview] == [-1]
        assert seen.context["unsaved"]
        assert Mesa.objects.get().session_ladder == [10080, 1440, 120]

    def test_equal_steps_are_told_in_the_preview(self, editor: Any) -> None:
        answer = editor(post=rows([(24, "hours"), (1, "days")], AROUND, do="preview"))
        seen = editor("?" + answer.url.partition("?")[2])
        assert [line.step for line in seen.context["parts"][0].preview] == [1440]
        assert len(list(seen.context["messages"])) == 1

    def test_the_commitment_that_falls_due_next_is_shown_before_what_is_overdue(
        self, editor: Any, world: World
    ) -> None:
        late, near, far = (world.promise(due_in=days) for days in (10, 20, 30))
        today = timezone.localdate()
        for made, days in ((late, -9), (near, 4), (far, 90)):
            Commitment.objects.filter(pk=made.pk).update(due_on=today + timedelta(days=days))
        part = editor().context["parts"][1]
        assert [key for key, _label in part.choices[1:]] == [str(row.public_id) for row in (near, far, late)]
        assert part.chosen == str(near.public_id)

    def test_the_session_that_reviews_it_stands_where_it_comes_among_the_steps(
        self, editor: Any, world: World
    ) -> None:
        """Neither one before it is due, nor after steps that come later than the session."""
        made, now = world.promise(due_in=20), timezone.now()
        Commitment.objects.filter(pk=made.pk).update(due_on=timezone.localdate() + timedelta(days=8))
        Session.objects.filter(pk=world.session.pk).update(state="held", starts_at=now - timedelta(days=2))
        for number, days in ((21, 4), (22, 13)):
            at = now + timedelta(days=days)
            Session.objects.create(
                mesa=world.cast.mesa, number=number, state="announced", topic="Revisión", starts_at=at,
                ends_at=at + timedelta(hours=2),
            )  # fmt: skip
        part = editor().context["parts"][1]
        lines = [(line.kind, line.step) for line in part.preview][-3:]
        assert lines == [("commitment_due", 3), ("session", 0), ("commitment_letter", 10)]
        assert "XXII" in part.preview[-2].sentence and "XXI " not in part.preview[-2].sentence

    def test_saving_keeps_each_step_once_and_says_so(self, editor: Any) -> None:
        answer = editor(post=rows([(24, "hours"), (1, "days"), (2, "hours")], AROUND))
        assert answer.status_code == 302
        assert Mesa.objects.get().session_ladder == [1440, 120]
        assert len(list(editor().context["messages"])) == 2

    def test_a_ticked_row_goes_even_if_it_is_wrong(self, editor: Any) -> None:
        data = rows([(7, "days"), ("nonsense", "days")], AROUND)
        assert editor(post=data | {"session-1-remove": "on"}).status_code == 302
        assert Mesa.objects.get().session_ladder == [7 * ladders.DAY]

    def test_adding_a_step_keeps_what_was_typed(self, editor: Any) -> None:
        answer = editor(post=rows([(3, "days"), ("", "days")], AROUND, do="add-session"))
        seen = editor("?" + answer.url.partition("?")[2])
        values = [form["number"].value() for form in seen.context["parts"][0].formset]
        assert values == ["3", "", "", ""]

    @pytest.mark.parametrize("preset", ["usual", "insistent", "eve"])
    def test_a_preset_replaces_one_ladder_and_leaves_the_other(self, editor: Any, preset: str) -> None:
        answer = editor(post=rows([("nonsense", "days")], [(2, "before")], do=f"preset-session-{preset}"))
        parts = editor("?" + answer.url.partition("?")[2]).context["parts"]
        assert parts[0].formset.steps() == list(ladders.SESSION_PRESETS[preset])
        assert parts[1].formset.steps() == [-2]

    def test_an_empty_ladder_is_kept_and_warned_about(self, editor: Any) -> None:
        assert editor(post=rows([("", "days")], [("", "before")])).status_code == 302
        mesa = Mesa.objects.get()
        assert (mesa.session_ladder, mesa.commitment_ladder) == ([], [])
        assert [part.is_empty for part in editor().context["parts"]] == [True, True]

    def test_too_many_steps_are_refused_with_their_count_and_still_shown(self, editor: Any) -> None:
        answer = editor(post=rows([(n, "days") for n in range(1, 41)], AROUND))
        assert answer.status_code == 200
        part = answer.context["parts"][0]
        assert "40" in str(part.formset.non_form_errors())
        assert len([line for line in part.preview if line.kind == "session_reminder"]) == 40
        assert Mesa.objects.get().session_ladder == [10080, 1440, 120]

    @pytest.mark.parametrize(
        "cell",
        [("-3", "days"), ("9" * 5000, "days"), ("²", "hours"), ("1", "centuries"), ("3", "minutes"), ("400", "days"), ("<b>", "days"), ("\x00", "days")],
    )  # fmt: skip
    def test_a_wrong_row_is_told_at_its_place(self, editor: Any, cell: tuple[str, str]) -> None:
        answer = editor(post=rows([(7, "days"), cell], AROUND))
        assert answer.status_code == 200
        assert answer.context["parts"][0].formset.errors[1]
        assert answer.context["parts"][0].preview is None
        assert "<b>" not in answer.content.decode().partition("m-rung")[2].partition("</form>")[0].replace(
            "<b>¿", ""
        )

    @pytest.mark.parametrize(
        "query",
        ["?v=1&s=abc&s=-4&s=99999999999999999&c=²&session=x&commitment=%00", "?v=1&" + "&".join(["s=1440"] * 300), "?v=" + "9" * 60 + "&c=-0"],
    )  # fmt: skip
    def test_a_hostile_address_is_answered(self, editor: Any, query: str) -> None:
        assert editor(query).status_code == 200

    def test_a_form_without_its_rows_changes_nothing(self, editor: Any) -> None:
        assert editor(post={"do": "save", "session-TOTAL_FORMS": "x"}).status_code == 302
        assert Mesa.objects.get().version == 1

    def test_a_ladder_somebody_else_saved_is_shown_beside(self, editor: Any, world: World) -> None:
        set_ladders(world, session_ladder=[ladders.DAY])
        answer = editor(post=rows([(3, "days")], AROUND))
        assert answer.status_code == 409
        assert len(answer.context["theirs"]) == 2
        assert [line.step for line in answer.context["parts"][0].preview] == [3 * ladders.DAY]
        assert editor(post=rows([(3, "days")], AROUND, version=answer.context["version"])).status_code == 302
        assert Mesa.objects.get().session_ladder == [3 * ladders.DAY]

    def test_a_closed_session_is_offered_to_its_circle_alone(self, editor: Any, world: World) -> None:
        Session.objects.update(is_casa_adentro=True)
        key = str(world.session.public_id)
        answer = editor(f"?v=1&s=1440&session={key}")
        assert answer.context["parts"][0].chosen == "example"
        assert f'value="{key}"' not in answer.content.decode()
        CircleMember.objects.create(
            session=world.session, person=world.cast.rosa, level="logistics", since=world.now
        )
        assert editor(f"?v=1&s=1440&session={key}").context["parts"][0].chosen == key

    def test_a_zone_that_is_gone_is_told(self, editor: Any) -> None:
        assert "Atlantis" not in editor().content.decode()
        Mesa.objects.update(time_zone="America/Atlantis")
        assert "America/Atlantis" in editor().content.decode()


def test_the_page_asks_the_same_queries_whatever_the_number_of_sessions(
    world: World, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, start = sign_in(cast.rosa), timezone.now() + timedelta(days=9)
    url, counts = reverse("notifications:ladder", args=[cast.mesa.slug]), set()
    made = 0
    for many in (1, 3, 300):
        Session.objects.bulk_create(
            Session(
                mesa=cast.mesa, number=100 + number, state="announced", topic=f"Tema {number}",
                starts_at=start + timedelta(days=number), ends_at=start + timedelta(days=number, hours=2),
            )
            for number in range(made, many)
        )  # fmt: skip
        made = many
        client.get(url)
        with django_assert_max_num_queries(22) as asked:
            assert client.get(url).status_code == 200
        counts.add(len(asked))
    assert len(counts) == 1
