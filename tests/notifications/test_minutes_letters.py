"""Who is written to about minutes and about texts to be shared, when, and what takes a letter back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from coordination.activity.actions import record
from coordination.minutes.actions import circulation, observing, signing
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.events import SharingEvent
from coordination.minutes.models import Clearance, Minutes, SharingSheet
from coordination.notifications import letters, subjects
from coordination.notifications.dispatch import dispatch
from coordination.notifications.minutes_planner import (
    CopyFacts,
    MinutesFacts,
    minutes_messages,
    reminded_at,
)
from coordination.notifications.models import Notification
from coordination.notifications.permissions import readable_by
from coordination.notifications.planner import Addressee
from coordination.notifications.remind import reconcile, remind
from coordination.organizations.models import Tenure
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast, acting
from tests.minutes.going_round import (
    answer,
    by_link,
    circulated,
    closed,
    copy_of,
    day_after,
    drafted,
    held,
    observe,
    over,
)
from tests.minutes.telling import clearing, corrected

pytestmark = pytest.mark.django_db
QUITO = ZoneInfo("America/Guayaquil")
PLANNED = Notification.State.PLANNED


def told(kind: str) -> set[str]:
    """Who has a letter of this kind that waits to leave."""
    return set(
        Notification.objects.filter(kind=kind, state=PLANNED).values_list("recipient__name", flat=True)
    )


def row(kind: str, name: str = "Carmen Loja") -> Notification:
    return Notification.objects.get(kind=kind, recipient__name=name, state=PLANNED)


def passes(one: Notification, now: datetime) -> bool:
    """What the gate says."""
    subject = subjects.locked(one)
    return subject is not None and subjects.is_true(one, subject, now)


def went_round(cast: Cast, **fields: object) -> Minutes:
    minutes = circulated(cast, **fields)
    dispatch(day_after(minutes.session))
    return minutes


def test_it_is_told_to_who_speaks_for_each_organization_with_its_own_link(cast: Cast) -> None:
    minutes = went_round(cast)
    assert told("minutes_circulated") == {"Carmen Loja", "Luis Aguirre", "Rosa Tandazo"}
    one = row("minutes_circulated")
    mail = letters.write(one, subjects.locked(one), day_after(minutes.session)).content.decode(
        "utf-8", "replace"
    )
    assert f"/m/{copy_of(minutes, cast.ngo).token[:20]}" in mail.replace("=\r\n", "")


def test_the_silent_are_reminded_two_working_days_before_and_nobody_else(cast: Cast) -> None:
    minutes = went_round(cast)
    copy = copy_of(minutes, cast.university)
    observing.agree(copy_id=copy.pk, by=by_link(copy), now=day_after(minutes.session))
    observe(minutes, cast.ministry)
    dispatch(day_after(minutes.session))
    assert told("minutes_reminder") == {"Carmen Loja"}
    due = row("minutes_reminder").due_at.astimezone(QUITO)
    assert (due.date(), due.hour) == (date(2026, 4, 2), 8), "the term is Monday 6 April"


def test_the_reminder_follows_a_later_term_and_falls_silent_after_an_answer(cast: Cast) -> None:
    minutes = went_round(cast)
    now = day_after(minutes.session)
    circulation.postpone(minutes_id=minutes.pk, until=date(2026, 4, 20), by=cast.secretariat, now=now)
    dispatch(now)
    one = row("minutes_reminder")
    assert one.due_at.astimezone(QUITO).date() == date(2026, 4, 16)
    assert passes(one, one.due_at)
    observe(minutes, cast.ngo)
    assert not passes(one, one.due_at), "the gate knows before the plan does"
    dispatch(now)
    assert "Carmen Loja" not in told("minutes_reminder")


@pytest.mark.parametrize("day", [date(2026, 4, 6), date(2026, 4, 3), date(2026, 1, 1), date(2026, 4, 5)])
def test_a_reminder_is_two_working_days_before_the_term_whatever_day_that_is(day: date) -> None:
    until = datetime.combine(day, datetime.max.time(), tzinfo=QUITO)
    found = reminded_at(until, QUITO, frozenset()).date()
    between = [found + timedelta(days=n) for n in range((day - found).days)]
    assert sum(one.weekday() < 5 for one in between) == 2 and found.weekday() < 5


def test_answers_are_told_once_all_of_them_are_there_and_again_when_they_change(cast: Cast) -> None:
    minutes = went_round(cast)
    first, second = observe(minutes, cast.ngo), observe(minutes, cast.ngo, "Falta el albergue.")
    answer(cast, first)
    dispatch(day_after(minutes.session))
    assert told("minutes_answered") == set()
    answer(cast, second, "not", reason="Consta en el anexo 2.")
    dispatch(day_after(minutes.session))
    one = row("minutes_answered")
    assert passes(one, one.due_at)
    body = letters.write(one, subjects.locked(one), one.due_at).content
    assert b"Consta en el anexo 2." in body.replace(b"=\r\n", b"")
    answer(cast, second, "partly", reason="Se añade.")
    assert not passes(one, one.due_at)
    dispatch(day_after(minutes.session))
    assert row("minutes_answered").version > one.version


def test_the_secretariat_is_told_once_of_what_holds_the_approval_up(cast: Cast) -> None:
    minutes = went_round(cast)
    made = observe(minutes, cast.ngo)
    dispatch(day_after(minutes.session))
    one = row("minutes_unanswered", "Rosa Tandazo")
    assert one.due_at == minutes.observations_until and not passes(one, day_after(minutes.session))
    assert passes(one, over(minutes))
    assert Notification.objects.filter(kind="minutes_unanswered").count() == 1
    answer(cast, made)
    assert not passes(one, over(minutes))


def test_the_clock_approves_and_everybody_who_got_them_hears_of_it(cast: Cast) -> None:
    minutes = went_round(cast)
    assert remind(over(minutes)) >= 1
    dispatch(over(minutes))
    assert told("minutes_approved") == {"Carmen Loja", "Luis Aguirre", "Rosa Tandazo"}
    assert told("minutes_circulated") == told("minutes_reminder") == set(), (
        "what waited to leave is taken back"
    )
    remind(over(minutes))
    dispatch(over(minutes))
    assert Notification.objects.filter(kind="minutes_approved").count() == 3


def test_a_correction_is_told_as_one_and_what_it_replaces_is_not_told_any_more(cast: Cast) -> None:
    first = went_round(cast)
    approve_silent(now=over(first))
    dispatch(over(first))
    approved = row("minutes_approved")
    second = corrected(cast, first)
    dispatch(over(first))
    assert told("minutes_corrected") == {"Carmen Loja", "Luis Aguirre", "Rosa Tandazo"}
    approve_silent(now=over(second))
    assert not passes(approved, over(second))
    dispatch(over(second))
    approved.refresh_from_db()
    assert approved.state == Notification.State.SUPERSEDED


def test_a_link_sent_again_and_a_code_leave_at_once(cast: Cast) -> None:
    minutes = went_round(cast, approval="signature")
    copy, now = copy_of(minutes, cast.ngo), day_after(minutes.session)
    circulation.renew_link(copy_id=copy.pk, by=by_link(copy), now=now)
    code = signing.request_code(copy_id=copy.pk, person_id=cast.carmen.pk, by=by_link(copy), now=now)
    dispatch(now)
    assert passes(row("minutes_link"), now) and passes(row("sign_code"), now)
    body = letters.write(row("sign_code"), subjects.locked(row("sign_code")), now).content
    assert code.digits.encode() in body
    signing.request_code(copy_id=copy.pk, person_id=cast.carmen.pk, by=by_link(copy), now=now)
    old = Notification.objects.get(kind="sign_code")
    assert not passes(old, now), "an earlier code is dead"


def test_whoever_left_the_post_is_not_written_to(cast: Cast) -> None:
    minutes = went_round(cast)
    one = row("minutes_circulated")
    Tenure.objects.filter(person=cast.carmen).update(ends_on=date(2026, 3, 1))
    assert not passes(one, day_after(minutes.session))


def test_nothing_is_lost_when_the_queue_is(cast: Cast) -> None:
    minutes = went_round(cast)
    now = day_after(minutes.session)
    Notification.objects.filter(kind__startswith="minutes_").delete()
    assert reconcile(now) >= 3
    assert told("minutes_circulated") == {"Carmen Loja", "Luis Aguirre", "Rosa Tandazo"}
    assert reconcile(now) == 0


def test_of_a_closed_session_its_circle_alone_is_written_to_and_nothing_is_said(cast: Cast) -> None:
    minutes = circulated(cast, drafted(cast, closed(cast, cast.rosa, cast.luis)))
    now = day_after(minutes.session)
    dispatch(now)
    assert told("minutes_circulated") == {"Luis Aguirre", "Rosa Tandazo"}
    one = row("minutes_circulated", "Luis Aguirre")
    mail = letters.write(one, subjects.locked(one), now).content.decode("utf-8", "replace")
    assert "Alojamiento" not in mail and "Frontera" not in mail and "/m/" not in mail
    CircleMember.objects.filter(person=cast.luis).update(level="logistics")
    assert not passes(one, now), "of the logistics, not of the record"
    CircleMember.objects.filter(person=cast.luis).update(until=now)
    assert not passes(one, now)


def test_a_session_that_was_closed_meanwhile_is_not_written_about(cast: Cast) -> None:
    minutes = went_round(cast)
    one = row("minutes_circulated")
    Session.objects.filter(pk=minutes.session_id).update(is_casa_adentro=True)
    assert not passes(one, day_after(minutes.session))


def asked(cast: Cast, session: Session | None = None) -> SharingSheet:
    sheet = clearing(cast, session or held(cast))
    again(cast, sheet)
    return sheet


def again(cast: Cast, sheet: SharingSheet) -> None:
    assert sheet.session.ends_at
    record(
        kind=SharingEvent.CLEARING, by=cast.secretariat, subject=sheet, now=sheet.session.ends_at,
        mesa_id=cast.mesa.pk,
    )  # fmt: skip
    dispatch(sheet.session.ends_at)


def test_a_sheet_is_cleared_and_its_circle_reminded_until_it_answers(cast: Cast) -> None:
    sheet = asked(cast)
    assert sheet.session.ends_at
    one = row("sharing_clearance")
    mail = letters.write(one, subjects.locked(one), sheet.session.ends_at).content.decode("utf-8", "replace")
    assert "Acoger en la frontera" not in mail, "its title is not public yet"
    assert told("sharing_reminder") == {"Carmen Loja"}
    assert passes(one, sheet.session.ends_at)
    Clearance.objects.update(answer="agreed", answered_at=sheet.session.ends_at)
    assert not passes(one, sheet.session.ends_at) and not passes(
        row("sharing_reminder"), sheet.session.ends_at
    )


def test_a_sheet_that_was_withdrawn_is_not_asked_about(cast: Cast) -> None:
    sheet = asked(cast)
    assert sheet.session.ends_at
    one = row("sharing_clearance")
    SharingSheet.objects.update(state="withdrawn", withdrawn_at=sheet.session.ends_at)
    assert not passes(one, sheet.session.ends_at)
    again(cast, sheet)
    assert told("sharing_clearance") == told("sharing_reminder") == set()


def test_asked_a_second_time_is_a_second_letter(cast: Cast) -> None:
    sheet = asked(cast)
    again(cast, sheet)
    assert row("sharing_clearance").version == 2


def test_publishing_is_told_to_who_cleared_it(cast: Cast) -> None:
    sheet = clearing(cast, held(cast), state="published")
    again(cast, sheet)
    one = row("sharing_published")
    assert sheet.published_at and passes(one, sheet.published_at)
    CircleMember.objects.update(until=timezone.now())
    assert not passes(one, sheet.published_at)


def test_who_is_not_in_the_circle_does_not_read_that_a_text_is_being_cleared(cast: Cast) -> None:
    sheet = asked(cast)
    rosa = acting(cast.rosa)
    assert not readable_by(rosa).filter(kind__startswith="sharing_").exists()
    CircleMember.objects.create(session=sheet.session, person=cast.rosa, level="record", since=cast.now)
    assert readable_by(rosa).filter(kind__startswith="sharing_").exists()


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=QUITO))


@st.composite
def any_minutes(draw: st.DrawFn) -> MinutesFacts:
    at = draw(MOMENTS)
    until = at + timedelta(hours=draw(st.integers(1, 3000)))
    copies = [
        CopyFacts(
            number, draw(st.booleans()), draw(st.sampled_from([None, Addressee(number % 3, number)])),
            draw(st.sampled_from([None, (4, at)])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]  # fmt: skip
    return MinutesFacts(
        id=1, version=draw(st.integers(1, 3)), state=draw(st.sampled_from(Minutes.State.values)), zone=QUITO,
        circulated_at=at, until=until, approved_at=draw(st.sampled_from([None, until])),
        is_held_up=draw(st.booleans()), copies=tuple(copies), secretariat=(Addressee(9, 9),),
    )  # fmt: skip


@given(any_minutes())
def test_whatever_the_minutes_no_letter_is_planned_twice_or_for_never(facts: MinutesFacts) -> None:
    found = minutes_messages(facts)
    assert len({message.key for message in found}) == len(found)
    assert all(message.due_at < message.not_after for message in found)
    assert minutes_messages(facts) == found
    kinds = {message.key.kind for message in found}
    if facts.state in ("draft", "superseded"):
        assert not kinds
    if facts.state != "circulated":
        assert not kinds & {
            "minutes_circulated",
            "minutes_corrected",
            "minutes_reminder",
            "minutes_unanswered",
        }
    assert not {"minutes_circulated", "minutes_corrected"} <= kinds
