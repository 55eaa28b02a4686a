"""What the secretariat and an organization see and press."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts.links import make_token
from coordination.activity.models import Activity
from coordination.mesas.models import Seat
from coordination.organizations.models import Person
from coordination.polls import actions
from coordination.polls.models import Ballot, DatePoll, Vote
from coordination.sessions.models import Session
from coordination.taxonomies.models import Holiday
from tests.attendees.inviting import called, invitation_of
from tests.cast import Cast, many_seated
from tests.polls.asking import ballot_of, polled, say

SignIn = Callable[[Person], Client]


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def at(name: str, *args: object) -> str:
    with translation.override("es"):
        return reverse(f"polls:{name}", args=args)


def choices(poll: DatePoll, *answers: str) -> dict[str, str]:
    return {f"o{option.pk}": answer for option, answer in zip(poll.options.all(), answers, strict=True)}


def dates(*days: date) -> dict[str, object]:
    told: dict[str, object] = {"fecha-TOTAL_FORMS": 12, "fecha-INITIAL_FORMS": 0}
    for place, day in enumerate(days):
        told |= {f"fecha-{place}-day": day.isoformat(), f"fecha-{place}-starts": "09:00"}
    return told


def form(today: Cast, *days: date, **more: object) -> dict[str, object]:
    return {
        "topic": "Plan de acogida", "kind": "ordinary", "modality": "in_person", "minutes": 120,
        "time_zone": "America/Guayaquil", "closes_on": today.in_days(5).date().isoformat(),
    } | dates(*days) | more  # fmt: skip


@pytest.fixture
def poll(today: Cast) -> DatePoll:
    return polled(today, closes_at=today.in_days(10), now=today.in_days(-2))


def test_the_link_answers_shows_and_changes(client: Client, today: Cast, poll: DatePoll) -> None:
    link = ballot_of(poll, today.ngo).get_link()
    page = client.get(link)
    assert "Fundación Puente Sur" in text_of(page) and "Quito" in text_of(page)
    told = choices(poll, "yes", "no", "if_need_be") | {"name": "Carmen Loja", "remark": "<b>", "version": 1}
    done = client.post(link, told, follow=True)
    assert done.redirect_chain == [(f"{link}?listo=1", 302)]
    assert "&lt;b&gt;" in text_of(done) and len(re.findall(r"radio[^>]* checked", text_of(done))) == 3
    client.post(link, choices(poll, "no", "no", "yes") | {"name": "Luis Paz", "version": 2})
    ballot = ballot_of(poll, today.ngo)
    assert (ballot.answered_by, ballot.version) == ("Luis Paz", 3)
    assert Activity.objects.filter(kind="poll.answered").get().actor_user_id is None


def test_reading_writes_nothing(client: Client, today: Cast, poll: DatePoll) -> None:
    ballot = ballot_of(poll, today.ngo)
    before = Activity.objects.count()
    for _scan in range(3):
        client.get(ballot.get_link())
    assert client.get(at("seen", ballot.token)).status_code == 405
    assert Activity.objects.count() == before
    assert not Ballot.objects.exclude(seen_at=None).exists()
    assert client.post(at("seen", ballot.token)).status_code == 204
    assert Ballot.objects.exclude(seen_at=None).get() == ballot


def test_what_was_chosen_is_kept_and_what_is_missing_is_named(
    client: Client, today: Cast, poll: DatePoll
) -> None:
    link = ballot_of(poll, today.ngo).get_link()
    page = client.post(link, choices(poll, "yes", "no", "") | {"name": "", "version": 1})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {f"o{poll.options.last().pk}", "name"}
    assert len(re.findall(r"radio[^>]* checked", text_of(page))) == 2
    assert not Vote.objects.exists()


def test_a_stale_answer_shows_both(client: Client, today: Cast, poll: DatePoll) -> None:
    ballot = ballot_of(poll, today.ngo)
    say(today, ballot, ["yes", "yes", "yes"], name="Otra Persona")
    told = choices(poll, "no", "no", "no") | {"name": "Carmen", "version": 1}
    page = client.post(ballot.get_link(), told)
    assert page.status_code == 409
    assert "Otra Persona" in text_of(page) and 'value="2"' in text_of(page)
    assert client.post(ballot.get_link(), told | {"version": 2}).status_code == 302


def test_a_link_of_something_else_opens_nothing(client: Client, today: Cast, poll: DatePoll) -> None:
    ballot = ballot_of(poll, today.ngo)
    invitation = invitation_of(called(today), today.ngo)
    for token in (
        "nada", invitation.token, ballot.token[:-3], make_token("ballot", invitation.public_id, 1),
        make_token("invitation", ballot.public_id, 1), make_token("ballot", ballot.public_id, 2),
    ):  # fmt: skip
        page = client.get(at("answer", token))
        assert page.status_code == 404
        assert "Plan de acogida" not in text_of(page) and "Puente Sur" not in text_of(page)
        assert client.post(at("answer", token), choices(poll, "yes", "yes", "yes")).status_code == 404
    assert not Vote.objects.exists()


def test_the_link_of_one_organization_never_answers_for_another(
    client: Client, today: Cast, poll: DatePoll
) -> None:
    other = polled(today)
    mine, theirs = ballot_of(poll, today.ngo), ballot_of(poll, today.university)
    told = choices(other, "yes", "yes", "yes") | {"name": "Intrusa", "version": 1, "ballot": theirs.pk}
    assert client.post(mine.get_link(), told).status_code == 422
    client.post(mine.get_link(), choices(poll, "no", "no", "no") | told)
    assert set(Vote.objects.values_list("ballot", "option__poll")) == {(mine.pk, poll.pk)}


def test_an_organization_that_left_the_mesa_is_asked_no_more(
    client: Client, today: Cast, poll: DatePoll
) -> None:
    link = ballot_of(poll, today.ngo).get_link()
    Seat.objects.filter(organization=today.ngo).update(ends_on=timezone.localdate(today.in_days(-1)))
    assert client.get(link).status_code == 404


def test_a_poll_that_ended_says_so_and_takes_nothing(client: Client, today: Cast) -> None:
    def ended(name: str) -> str:
        poll = polled(today, closes_at=today.in_days(10), now=today.in_days(-2))
        ballot = ballot_of(poll, today.ngo)
        say(today, ballot, ["yes", "no", "no"])
        told = {"poll_id": poll.pk, "by": today.secretariat, "now": today.now}
        if name == "decided":
            actions.decide(option_id=poll.options.first().pk, **told)
        elif name == "withdrawn":
            actions.withdraw(reason="Paro nacional", **told)
        elif name == "closed":
            DatePoll.objects.filter(pk=poll.pk).update(closes_at=today.in_days(-1))
        else:
            Ballot.objects.filter(pk=ballot.pk).update(link_expires_at=today.in_days(-1))
        page = client.get(ballot.get_link())
        assert page.status_code == 410
        assert "no-store" in page["Cache-Control"]
        sent = client.post(ballot.get_link(), choices(poll, "no", "no", "yes") | {"name": "X", "version": 2})
        assert sent.status_code == 410
        assert Vote.objects.filter(ballot=ballot, answer="yes").count() == 1
        return text_of(page)

    assert "Paro nacional" in ended("withdrawn")
    for name in ("decided", "closed", "over"):
        assert "Carmen Loja" in ended(name)


def test_the_form_asks_and_keeps_every_word(today: Cast, sign_in: SignIn) -> None:
    days = [today.in_days(day).date() for day in (20, 21)]
    sent = form(today, *days, must_attend=[today.ngo.pk], message="Antes de fin de año.")
    answer = sign_in(today.rosa).post(at("create", today.mesa.slug), sent)
    poll = DatePoll.objects.get()
    assert answer["Location"] == f"/es/fechas/{poll.public_id}/"
    assert [option.starts_at.astimezone(poll.zone).hour for option in poll.options.all()] == [9, 9]
    assert list(poll.must_attend.all()) == [today.ngo]
    assert poll.closes_at.astimezone(poll.zone).strftime("%H:%M") == "23:59"


@pytest.mark.parametrize("days", [(), (20,), (20, 20), (-3, 20), (3, 20)])
def test_the_form_refuses_dates_that_cannot_be(today: Cast, sign_in: SignIn, days: tuple[int, ...]) -> None:
    sent = form(today, *(today.in_days(day).date() for day in days))
    page = sign_in(today.rosa).post(at("create", today.mesa.slug), sent)
    assert page.status_code == 422
    assert 'value="Plan de acogida"' in text_of(page)
    assert not DatePoll.objects.exists()


def test_a_holiday_is_told_and_needs_a_word(today: Cast, sign_in: SignIn) -> None:
    days = [today.in_days(day).date() for day in (20, 21)]
    Holiday.objects.update_or_create(
        date=days[0], province=None, canton=None, defaults={"name_es": "Día del Páramo"}
    )
    client, sent = sign_in(today.rosa), form(today, *days)
    page = client.post(at("create", today.mesa.slug), sent)
    assert page.status_code == 422 and "Día del Páramo" in text_of(page)
    assert client.post(at("create", today.mesa.slug), sent | {"accept_holidays": "on"}).status_code == 302
    assert "Día del Páramo" in text_of(client.get(DatePoll.objects.get().get_absolute_url()))


def test_the_preset_proposes_the_mornings_of_the_next_working_week(today: Cast, sign_in: SignIn) -> None:
    local = today.now.astimezone(today.mesa.zone).date()
    monday = local + timedelta(days=7 - local.weekday())
    Holiday.objects.update_or_create(
        date=monday, province=None, canton=None, defaults={"name_es": "Día del Páramo"}
    )
    page = text_of(sign_in(today.rosa).get(at("create", today.mesa.slug) + "?propuesta=mananas"))
    for turn in range(1, 5):
        assert f'value="{(monday + timedelta(days=turn)).isoformat()}"' in page
    assert f'value="{monday.isoformat()}"' not in page and "Día del Páramo" in page


def test_the_page_tells_the_best_date_and_who_is_missing(today: Cast, sign_in: SignIn) -> None:
    poll = polled(today, must_attend_ids=[today.university.pk], now=today.in_days(-2))
    say(today, ballot_of(poll, today.ngo), ["yes", "yes", "no"])
    say(today, ballot_of(poll, today.ministry), ["yes", "if_need_be", "no"], name="Tomás Vera")
    say(today, ballot_of(poll, today.university), ["no", "yes", "no"], name="Luis", remark="Exámenes")
    page = sign_in(today.rosa).get(poll.get_absolute_url())
    [best] = page.context["matrix"].best
    assert best.option == poll.options.all()[1]
    assert best.score.score_words == "2½"
    body = text_of(page)
    assert "Universidad del Páramo" in body and "«Exámenes»" in body and "Tomás Vera" in body
    assert body.count("btn-primary") == 1


def test_ties_are_shown_and_left_to_the_secretariat(today: Cast, sign_in: SignIn, poll: DatePoll) -> None:
    say(today, ballot_of(poll, today.ngo), ["yes", "yes", "no"])
    page = sign_in(today.rosa).get(poll.get_absolute_url())
    assert len(page.context["matrix"].best) == 2 and page.context["is_tied"]
    assert "btn-primary" not in text_of(page)


def test_choosing_drafts_one_session_however_often_it_is_pressed(
    today: Cast, sign_in: SignIn, poll: DatePoll
) -> None:
    client, option = sign_in(today.rosa), poll.options.first()
    for _twice in range(2):
        answer = client.post(at("decide", poll.public_id), {"option": option.pk})
        assert answer["Location"] == Session.objects.get().get_absolute_url()
    other = client.post(at("decide", poll.public_id), {"option": poll.options.last().pk})
    assert other["Location"] == poll.get_absolute_url()
    for wrong in ("", "x", polled(today).options.first().pk, "9" * 400):
        assert client.post(at("decide", poll.public_id), {"option": wrong}).status_code == 404
    assert Session.objects.count() == 1


def test_a_secretariat_of_another_mesa_sees_nothing(today: Cast, sign_in: SignIn, poll: DatePoll) -> None:
    for someone in (today.elena, today.luis, today.ana):
        client = sign_in(someone)
        assert client.get(poll.get_absolute_url()).status_code == 404
        assert (
            client.post(at("decide", poll.public_id), {"option": poll.options.first().pk}).status_code == 404
        )
    assert not Session.objects.exists()


def test_my_work_shows_the_question_and_the_poll(today: Cast, sign_in: SignIn, poll: DatePoll) -> None:
    mine = ballot_of(poll, today.university).get_link()
    assert mine in text_of(sign_in(today.luis).get("/es/mi-trabajo/"))
    assert mine not in text_of(sign_in(today.elena).get("/es/mi-trabajo/"))
    assert poll.get_absolute_url() in text_of(sign_in(today.rosa).get("/es/mi-trabajo/"))
    DatePoll.objects.update(closes_at=timezone.now() - timedelta(hours=1))
    assert mine not in text_of(sign_in(today.luis).get("/es/mi-trabajo/"))


def test_the_queries_do_not_grow_with_the_organizations(today: Cast, sign_in: SignIn) -> None:
    client = sign_in(today.rosa)
    Seat.objects.exclude(organization=today.ministry).delete()
    counts: dict[str, set[int]] = {}
    for many in (1, 3, 300):
        there = Seat.objects.count()
        many_seated(today.mesa, [f"Organización {number}" for number in range(there, many)])
        poll = polled(today, now=today.in_days(-2))
        rows = list(poll.ballots.values_list("pk", flat=True))
        Vote.objects.bulk_create(
            Vote(ballot_id=pk, option=option, answer="yes") for pk in rows for option in poll.options.all()
        )
        Ballot.objects.filter(poll=poll).update(answered_at=today.now, answered_by="Alguien")
        link = poll.ballots.first().get_link()
        for path in (
            poll.get_absolute_url(),
            at("create", today.mesa.slug),
            at("list", today.mesa.slug),
            link,
        ):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(path).status_code == 200
            counts.setdefault("link" if path == link else path.replace(str(poll.public_id), ""), set()).add(
                len(asked)
            )
    assert {path: len(found) for path, found in counts.items()} == dict.fromkeys(counts, 1), counts
    assert max(max(found) for found in counts.values()) <= 12, counts


def test_opening_a_poll_asks_no_query_for_each_organization(today: Cast) -> None:
    counts = set()
    for many in (3, 60):
        there = Seat.objects.count()
        many_seated(today.mesa, [f"Organización {number}" for number in range(there, many)])
        with CaptureQueriesContext(connection) as asked:
            polled(today)
        counts.add(len(asked))
    assert len(counts) == 1
