"""Summaries: one in the morning for who chose it, one on Mondays for each organization, never empty, never twice."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.commitments.models import Commitment, ExtensionRequest, NonFulfilment
from coordination.notifications import inbox, preferences
from coordination.notifications.digests import busy_organizations, week_of
from coordination.notifications.kinds import KINDS, Unknown
from coordination.notifications.models import Notification
from coordination.notifications.planner import DAY, Addressee, next_summary, summary_messages, week_messages
from coordination.notifications.remind import reconcile, remind
from coordination.notifications.summaries import accounted_for
from coordination.notifications.truths import reader
from coordination.organizations.models import Person, Post, Tenure
from coordination.sessions.models import CircleMember, Session
from tests.cast import SINCE, person
from tests.notifications.conftest import TITULAR, Sink, World
from tests.notifications.test_letters import keep_for_summary

QUITO = ZoneInfo("America/Guayaquil")
SUNDAY = datetime(2026, 3, 8, 9, tzinfo=QUITO)
MONDAY = datetime(2026, 3, 9, 7, 30, tzinfo=QUITO)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))
zones = st.sampled_from([QUITO, ZoneInfo("Pacific/Galapagos"), ZoneInfo("Europe/Madrid")])


@given(at=moments, zone=zones)
def test_what_is_kept_is_told_the_next_morning_at_seven(at: datetime, zone: ZoneInfo) -> None:
    morning = next_summary(at, zone)
    assert at < morning <= at + timedelta(hours=25)
    assert (morning.astimezone(zone).hour, morning.astimezone(zone).minute) == (7, 0)


@given(kept=st.lists(moments, max_size=6), zone=zones)
def test_one_morning_has_one_summary(kept: list[datetime], zone: ZoneInfo) -> None:
    found = summary_messages(7, kept, zone)
    assert len({message.key for message in found}) == len(found)
    assert {message.due_at for message in found} == {next_summary(at, zone) for at in kept}
    assert summary_messages(7, reversed(kept), zone) == found


@given(now=moments)
def test_a_week_has_one_summary_named_after_it(now: datetime) -> None:
    found = week_messages(3, Addressee(5, 3), now, QUITO)
    assert 1 <= len(found) <= 2
    for message in found:
        local = message.due_at.astimezone(QUITO)
        year, week, weekday = local.isocalendar()
        assert (weekday, local.hour, local.minute) == (1, 7, 30)
        assert message.key.version == year * 100 + week
        assert message.due_at <= now + DAY
    assert week_messages(3, None, now, QUITO) == []


def test_a_summary_nobody_answered_for_is_never_repeated() -> None:
    assert {KINDS[kind].unknown for kind in ("daily_digest", "organization_digest")} == {Unknown.NEVER}


@pytest.fixture
def kept(world: World) -> Notification:
    """A due date that waits for Carmen's summary since nine in the morning."""
    world.convene()
    return keep_for_summary(world, world.promise(), at=world.now)


@pytest.mark.django_db
def test_the_summary_tells_in_the_morning_what_was_kept(world: World, kept: Notification, sink: Sink) -> None:
    remind(world.now)
    remind(world.now)
    (row,) = world.rows("daily_digest")
    assert row.due_at == datetime(2026, 3, 3, 7, tzinfo=QUITO) and row.version == 20260303
    world.send(at=row.due_at - timedelta(minutes=1))
    assert not sink.taken
    world.send(at=row.due_at)
    (mail,) = sink.to(world.cast.carmen.email)
    text = mail.get_body(("plain",)).get_content()
    code = Commitment.objects.get().code
    assert mail["Subject"] == "Su resumen del martes 3 de marzo de 2026"
    assert f"{code} vence" in text and "/c/" in text


def prefer(world: World, kind: str, choice: str) -> None:
    preferences.choose(
        person_id=world.cast.carmen.pk,
        choices={kind: choice},
        language="es",
        by=world.cast.secretariat,
        now=world.now,
    )


@pytest.mark.django_db
def test_who_chose_a_summary_gets_no_mail_before_it(world: World, sink: Sink) -> None:
    world.convene()
    world.promise(due_in=5)
    prefer(world, "commitment_due", "daily")
    morning = datetime(2026, 3, 7, 8, tzinfo=QUITO)
    remind(morning)
    world.send(at=morning)
    (row,) = world.rows("commitment_due")
    assert (row.state, row.channel, row.sent_at) == ("sent", "digest", morning)
    assert not sink.taken
    remind(morning + timedelta(minutes=1))
    (summary,) = world.rows("daily_digest")
    world.send(at=summary.due_at)
    (mail,) = sink.to(world.cast.carmen.email)
    assert "/c/" in mail.get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_who_wants_no_mail_finds_it_in_the_inbox(world: World, sink: Sink) -> None:
    world.convene()
    world.promise(due_in=5)
    prefer(world, "commitment_due", "never")
    morning = datetime(2026, 3, 7, 8, tzinfo=QUITO)
    remind(morning)
    world.send(at=morning)
    remind(morning + timedelta(minutes=1))
    assert not sink.taken and not world.rows("daily_digest")
    assert [row.kind for row in inbox.messages_of(world.cast.carmen.pk)] == ["commitment_due"]


@pytest.mark.django_db
def test_what_was_told_is_not_told_again(world: World, kept: Notification, sink: Sink) -> None:
    remind(world.now)
    first = world.rows("daily_digest")[0].due_at
    world.send(at=first)
    assert remind(first + timedelta(hours=1)) == 0
    later = Notification.objects.get(pk=kept.pk)
    later.pk, later.public_id, later.rung = None, uuid.uuid4(), 0
    later.sent_at = later.due_at = first + timedelta(hours=2)
    later.save()
    remind(first + timedelta(hours=3))
    second = world.rows("daily_digest")[1]
    world.send(at=second.due_at)
    text = sink.to(world.cast.carmen.email)[-1].get_body(("plain",)).get_content()
    assert text.count("/c/") == 1


@pytest.mark.django_db
def test_a_summary_with_nothing_true_left_is_not_sent(world: World, kept: Notification, sink: Sink) -> None:
    remind(world.now)
    Commitment.objects.update(state="withdrawn", withdrawn_reason="x", settled_at=world.now)
    (row,) = world.rows("daily_digest")
    world.send(at=row.due_at)
    row.refresh_from_db()
    assert row.state == "superseded" and not sink.taken


@pytest.mark.django_db
def test_the_summary_only_counts_what_is_closed(world: World, kept: Notification, sink: Sink) -> None:
    Session.objects.update(is_casa_adentro=True)
    Commitment.objects.update(is_casa_adentro=True, statement_es="Canario secreto")
    CircleMember.objects.create(
        session=world.session, person=world.cast.carmen, level="record", since=world.now
    )
    remind(world.now)
    world.send(at=world.rows("daily_digest")[0].due_at)
    (mail,) = sink.to(world.cast.carmen.email)
    whole = mail.as_string() + mail.get_body(("plain",)).get_content()
    assert "1 aviso reservado: inicie sesión" in whole
    assert "Canario" not in whole and "/c/" not in whole


@pytest.mark.django_db
def test_what_the_reader_may_no_longer_see_is_not_even_counted(
    world: World, kept: Notification, sink: Sink
) -> None:
    Session.objects.update(is_casa_adentro=True)
    Commitment.objects.update(is_casa_adentro=True)
    remind(world.now)
    world.send(at=world.rows("daily_digest")[0].due_at)
    assert not sink.taken


def weekly(world: World) -> list[Notification]:
    return world.rows("organization_digest", subject_id=world.cast.ngo.pk)


@pytest.mark.django_db
def test_each_organization_has_its_week_on_monday(world: World, sink: Sink) -> None:
    world.convene()
    commitment = world.promise(due_in=12)
    remind(SUNDAY)
    remind(SUNDAY)
    (row,) = weekly(world)
    assert (row.due_at, row.version, row.recipient) == (MONDAY, 202611, world.cast.carmen)
    Notification.objects.exclude(kind="organization_digest").delete()
    world.send(at=MONDAY)
    (mail,) = sink.to(world.cast.carmen.email)
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "La semana de su organización: Fundación Puente Sur"
    assert world.session.title in text and "/i/" in text
    assert commitment.code in text and "/c/" in text
    remind(MONDAY + timedelta(hours=1))
    assert len(weekly(world)) == 1


@pytest.mark.django_db
def test_the_week_says_who_goes(world: World, sink: Sink) -> None:
    world.convene()
    world.name(TITULAR)
    remind(SUNDAY)
    Notification.objects.exclude(pk__in=[row.pk for row in weekly(world)]).delete()
    world.send(at=MONDAY)
    (mail,) = sink.taken
    text = mail.get_body(("plain",)).get_content()
    assert "Asisten: Carmen Loja" in text and "por responder" not in text


@pytest.mark.django_db
def test_the_verifier_is_told_what_waits(world: World, sink: Sink) -> None:
    world.convene()
    world.promise()
    Commitment.objects.update(state="reported")
    remind(SUNDAY)
    (row,) = world.rows("organization_digest", subject_id=world.cast.university.pk)
    Notification.objects.exclude(pk=row.pk).delete()
    world.send(at=MONDAY)
    (mail,) = sink.to(world.cast.luis.email)
    assert "/v/" in mail.get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_a_week_with_nothing_is_not_sent(world: World, sink: Sink) -> None:
    world.convene()
    remind(SUNDAY)
    world.cancel(at=SUNDAY)
    Notification.objects.exclude(kind="organization_digest").delete()
    world.send(at=MONDAY)
    assert not sink.taken
    assert {row.state for row in world.rows("organization_digest")} == {"superseded"}


@pytest.mark.django_db
def test_who_has_nothing_going_on_is_not_even_planned_for(world: World) -> None:
    remind(SUNDAY)
    assert not world.rows("organization_digest")


@pytest.mark.django_db
def test_the_week_is_planned_a_day_ahead_and_not_after_monday(world: World) -> None:
    world.convene()
    remind(SUNDAY - DAY)
    assert not weekly(world)
    remind(MONDAY + timedelta(hours=13))
    assert not weekly(world)


@pytest.mark.django_db
def test_whoever_holds_the_post_on_monday_gets_the_week(world: World) -> None:
    world.convene()
    remind(SUNDAY)
    tenure = world.cast.carmen.tenures.get()
    tenure.ends_on = date(2026, 3, 7)
    tenure.save()
    eva = person("Eva Lara")
    Tenure.objects.create(post=tenure.post, person=eva, starts_on=date(2026, 3, 8))
    reconcile(SUNDAY + timedelta(hours=1))
    assert {(row.recipient, row.state) for row in weekly(world)} == {
        (world.cast.carmen, "superseded"),
        (eva, "planned"),
    }


@pytest.mark.django_db
def test_the_week_only_counts_what_is_closed(world: World, sink: Sink) -> None:
    world.convene()
    Session.objects.update(is_casa_adentro=True, topic_es="Canario secreto")
    CircleMember.objects.create(
        session=world.session, person=world.cast.carmen, level="logistics", since=world.now
    )
    remind(SUNDAY)
    Notification.objects.exclude(kind="organization_digest").delete()
    world.send(at=MONDAY)
    (mail,) = sink.taken  # nobody else is in the circle
    text = mail.get_body(("plain",)).get_content()
    assert "1 asunto reservado" in text
    assert "Canario" not in text and "/i/" not in text and "Frontera" not in text


@pytest.mark.django_db
def test_the_week_asks_as_often_for_one_matter_as_for_many(
    world: World, django_assert_num_queries: Any
) -> None:
    world.convene()
    world.promise()
    row = Notification(recipient=world.cast.carmen, organization=world.cast.ngo)
    with django_assert_num_queries(8):
        assert week_of(world.cast.ngo.pk, reader(row, world.now), world.now)
    for _ in range(4):
        world.promise()
    with django_assert_num_queries(8):
        assert len(week_of(world.cast.ngo.pk, reader(row, world.now), world.now).commitments) == 5


@pytest.mark.django_db
def test_the_head_gets_a_copy_that_says_why_while_the_post_is_vacant(world: World, sink: Sink) -> None:
    world.convene()
    commitment = world.promise(due_in=5)
    head = person("Eva Mera", at=world.cast.ngo, kind=Post.Kind.HEAD)
    desk = Post.objects.create(
        organization=world.cast.ngo, title_es="Jefatura de acogida", title_en="Reception", kind="technical"
    )
    Commitment.objects.update(follow_up_owner=desk)
    Tenure.objects.create(post=desk, person=head, starts_on=SINCE, ends_on=date(2026, 2, 1))
    morning = datetime(2026, 3, 7, 8, tzinfo=QUITO)
    Commitment.objects.update(due_on=morning.date())
    remind(morning)
    world.send(at=morning)
    own, copy = sink.to(world.cast.carmen.email)[-1], sink.to(head.email)[-1]
    assert commitment.code in own["Subject"] and commitment.code in copy["Subject"]
    assert "El puesto «Jefatura de acogida»" in copy.get_body(("plain",)).get_content()
    assert "vacante" not in own.get_body(("plain",)).get_content()


@pytest.mark.django_db
def test_the_copy_is_dropped_once_somebody_holds_the_post(world: World, sink: Sink) -> None:
    world.convene()
    world.promise(due_in=5)
    head = person("Eva Mera", at=world.cast.ngo, kind=Post.Kind.HEAD)
    desk = Post.objects.create(organization=world.cast.ngo, title_es="Jefatura", kind="technical")
    Tenure.objects.create(post=desk, person=head, starts_on=SINCE, ends_on=date(2026, 2, 1))
    morning = datetime(2026, 3, 7, 8, tzinfo=QUITO)
    Commitment.objects.update(due_on=morning.date(), follow_up_owner=desk)
    remind(morning)
    Tenure.objects.create(post=desk, person=person("Luz Aro"), starts_on=date(2026, 3, 1))
    world.send(at=morning)
    assert "vence" in sink.to(world.cast.carmen.email)[-1]["Subject"]
    assert not sink.to(head.email)


@pytest.mark.django_db
def test_the_week_tells_what_is_incomplete_new_answered_to_confirm_and_followed(
    world: World, sink: Sink
) -> None:
    world.convene()
    first, second = world.promise(due_in=12), world.promise(due_in=14)
    ngo, university, ministry = world.cast.ngo, world.cast.university, world.cast.ministry
    until = (world.now + timedelta(days=20)).date()
    Commitment.objects.filter(pk=first.pk).update(exempt_until=until)
    Commitment.objects.filter(pk=second.pk).update(follow_up_owner=world.cast.rosa.tenures.get().post)
    ExtensionRequest.objects.create(
        commitment=second, organization=ngo, asked_until=until, reason="Lluvias", asked_at=world.now,
        answered_at=MONDAY - timedelta(days=2), answer="Sin recursos nuevos",
    )  # fmt: skip
    NonFulfilment.objects.create(
        commitment=first, session=world.session, reason="Venció sin respuesta", recorded_by=ministry,
        recorded_at=world.now, second=university,
    )  # fmt: skip
    assert {ngo.pk, university.pk, ministry.pk} <= busy_organizations(SUNDAY)
    remind(SUNDAY)
    Notification.objects.exclude(kind="organization_digest").delete()
    world.send(at=MONDAY)
    told = {mail["To"].addresses[0].addr_spec: mail.get_body(("plain",)).get_content() for mail in sink.taken}
    own = told[world.cast.carmen.email]
    assert "Completar hasta: domingo 22 de marzo de 2026" in own
    assert own.count("Falta acusar recibo") == 2
    assert "No se concedió" in own and "Sin recursos nuevos" in own
    assert "mi-organizacion" not in own, "she has no account"
    assert "Venció sin respuesta" in told[world.cast.luis.email]
    followed = next(text for text in told.values() if "da seguimiento" in text)
    assert second.code in followed and first.code not in followed


def follows(world: World, commitment: Commitment, **closed: bool) -> tuple[Post, Person]:
    """A post of the ministry that speaks for nobody follows it; Nina holds the post and reads English."""
    desk = Post.objects.create(
        organization=world.cast.ministry, title_es="Mesa técnica", title_en="Technical desk", kind="technical"
    )
    nina = person("Nina Vera")
    Person.objects.filter(pk=nina.pk).update(language="en")
    Tenure.objects.create(post=desk, person=nina, starts_on=SINCE)
    Commitment.objects.filter(pk=commitment.pk).update(follow_up_owner=desk, **closed)
    return desk, nina


def sent_on_monday(world: World, sink: Sink) -> dict[str, str]:
    """The weeks that left, as text, by address; each address got one."""
    remind(SUNDAY)
    Notification.objects.exclude(kind="organization_digest").delete()
    world.send(at=MONDAY)
    told = [
        (mail["To"].addresses[0].addr_spec, mail.get_body(("plain",)).get_content()) for mail in sink.taken
    ]
    assert len({address for address, _ in told}) == len(told)
    return dict(told)


@pytest.mark.django_db
def test_what_is_followed_goes_to_who_holds_the_post_in_their_language(world: World, sink: Sink) -> None:
    world.convene()
    followed, other = world.promise(due_in=12), world.promise(due_in=14)
    _desk, nina = follows(world, followed)
    told = sent_on_monday(world, sink)
    text = told[nina.email]
    assert followed.code in text and other.code not in text
    assert "the open commitments you follow" in text and "Technical desk" in text
    assert "/i/" not in text, "what the organization answers goes to its focal point"
    assert all(followed.code not in told.get(each.email, "") for each in (world.cast.rosa, world.cast.luis))


@pytest.mark.django_db
def test_what_an_empty_post_follows_goes_to_the_focal_point(world: World, sink: Sink) -> None:
    world.convene()
    followed = world.promise(due_in=12)
    desk, nina = follows(world, followed)
    desk.tenures.update(ends_on=date(2026, 3, 1))
    told = sent_on_monday(world, sink)
    assert nina.email not in told
    (text,) = [text for text in told.values() if "da seguimiento" in text]
    assert followed.code in text


@pytest.mark.django_db
def test_who_speaks_for_the_organization_and_follows_gets_one_mail(world: World, sink: Sink) -> None:
    world.convene()
    followed = world.promise(due_in=12)
    desk, _nina = follows(world, followed)
    focal = Tenure.objects.get(post__organization=world.cast.ministry, post__kind=Post.Kind.FOCAL_POINT)
    desk.tenures.update(person=focal.person)
    told = sent_on_monday(world, sink)
    assert followed.code in told[focal.person.email]
    assert "Compromisos a los que su organización da seguimiento" in told[focal.person.email]


@pytest.mark.django_db
def test_who_left_the_post_that_follows_gets_nothing(world: World, sink: Sink) -> None:
    world.convene()
    desk, nina = follows(world, world.promise(due_in=12))
    remind(SUNDAY)
    desk.tenures.update(ends_on=date(2026, 3, 8))
    Notification.objects.exclude(recipient=nina).delete()
    world.send(at=MONDAY)
    assert not sink.taken


@pytest.mark.django_db
def test_what_is_followed_behind_closed_doors_brings_nobody_a_mail(world: World) -> None:
    world.convene()
    _desk, nina = follows(world, world.promise(due_in=12), is_casa_adentro=True)
    remind(SUNDAY)
    assert nina.pk not in {row.recipient_id for row in world.rows("organization_digest")}


@pytest.mark.django_db
def test_a_week_is_accounted_for_by_what_its_own_reader_is_told_of(world: World) -> None:
    """That the focal point gets one while a post follows what is open would tell of something closed."""
    world.convene()
    Session.objects.update(is_casa_adentro=True)
    followed = world.promise(due_in=12)
    Commitment.objects.update(
        is_casa_adentro=False, responsible=world.cast.university, verifier=world.cast.ngo
    )
    desk, nina = follows(world, followed)
    ministry = {"kind": "organization_digest", "subject_id": world.cast.ministry.pk}
    remind(SUNDAY)
    shown = Notification.objects.filter(accounted_for(), **ministry)
    assert {row.recipient for row in shown} == {nina}
    desk.tenures.all().delete()
    assert {row.recipient for row in Notification.objects.filter(accounted_for(), **ministry)} > {nina}


@pytest.mark.django_db
def test_the_week_of_a_co_responsible_lists_it_without_the_key_to_report(world: World) -> None:
    world.convene()
    made = world.promise(due_in=12)
    made.co_responsible.add(world.cast.ministry)
    row = Notification(recipient=world.cast.rosa, organization=world.cast.ministry)
    (found,) = week_of(world.cast.ministry.pk, reader(row, world.now), world.now).commitments
    assert (found.pk, found.role, found.step) == (made.pk, "co_responsible", "acknowledge")
    assert world.cast.ministry.pk in busy_organizations(world.now)
