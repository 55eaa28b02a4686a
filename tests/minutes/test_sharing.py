"""What is said casa adentro leaves the room only by a text that everybody who was there agreed to."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.minutes import clearing
from coordination.minutes.actions import sharing
from coordination.minutes.models import Clearance, SharingSheet
from coordination.sessions.models import AgendaItem, CircleMember, Outcome, Session
from tests.cast import Cast, many_seated, person, signed_in
from tests.minutes.going_round import closed

pytestmark = pytest.mark.django_db
SECRET, TOLD = "La Fundación teme represalias en el paso", "Hace falta un paso seguro"


def lesson(session: Session, text: str = SECRET, **item: Any) -> Outcome:
    found = AgendaItem.objects.create(
        session=session, order=40 + session.agenda.count(), title_es="Nudos", **item
    )
    return Outcome.objects.create(
        session=session, item=found, kind="bottleneck", text=text, recorded_at=session.ends_at
    )


def drafted(cast: Cast, **more: Any) -> SharingSheet:
    """Two organizations were inside, and Rosa of the secretariat, whose ministry did not register."""
    session = closed(cast, cast.rosa, cast.carmen, cast.luis)
    said = lesson(session)
    sheet = sharing.draft(
        session_id=session.pk,
        outcome_ids=[said.pk],
        title="Lo que compartimos",
        by=cast.secretariat,
        now=cast.now,
    )
    return save(cast, sheet, [TOLD], **more)


def save(cast: Cast, sheet: SharingSheet, texts: list[str], **more: Any) -> SharingSheet:
    sheet.refresh_from_db()
    points = [sharing.Point("lesson", text) for text in texts]
    return sharing.save(
        sheet_id=sheet.pk, version=more.pop("version", sheet.version), points=points, by=cast.secretariat,
        now=cast.now, **more,
    )  # fmt: skip


def ask(cast: Cast, sheet: SharingSheet) -> list[Clearance]:
    until = cast.now.date() + timedelta(days=5)
    sharing.ask(sheet_id=sheet.pk, version=sheet.version, until=until, by=cast.secretariat, now=cast.now)
    sheet.refresh_from_db()
    return clearing.answers(sheet)


def say(cast: Cast, row: Clearance, agrees: bool = True, text: str = "", **more: Any) -> Clearance:
    sheet = SharingSheet.objects.get(pk=row.sheet_id)
    version = more.get("version", sheet.version)
    return sharing.answer(
        clearance_id=row.pk, version=version, agrees=agrees, text=text, by=cast.secretariat, now=cast.now
    )


def publish(cast: Cast, sheet: SharingSheet) -> SharingSheet:
    return sharing.publish(sheet_id=sheet.pk, version=sheet.version, by=cast.secretariat, now=cast.now)


def test_it_is_published_when_each_organization_that_was_there_agreed(cast: Cast) -> None:
    sheet = drafted(cast)
    rows = ask(cast, sheet)
    assert [(row.organization, row.person) for row in rows] == [
        (cast.ngo, cast.carmen), (cast.university, cast.luis),
    ]  # fmt: skip
    say(cast, rows[0])
    with pytest.raises(sharing.NotCleared, match="1"):
        publish(cast, sheet)
    say(cast, rows[1])
    assert publish(cast, sheet).state == "published"
    assert publish(cast, sheet).published_at == cast.now  # twice changes nothing
    kinds = list(
        Activity.objects.filter(kind__startswith="sharing.").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == [
        "sharing.drafted", "sharing.edited", "sharing.clearing", "sharing.agreed", "sharing.agreed", "sharing.published",
    ]  # fmt: skip


def test_silence_is_no_consent_and_an_objection_says_what_should_change(cast: Cast) -> None:
    sheet = drafted(cast)
    first, second = ask(cast, sheet)
    say(cast, first)
    with pytest.raises(sharing.SayWhatShouldChange):
        say(cast, second, agrees=False, text="  ")
    say(cast, second, agrees=False, text="El nombre del paso se reconoce.")
    with pytest.raises(sharing.NotCleared):
        publish(cast, sheet)


def test_another_text_asks_everybody_again(cast: Cast) -> None:
    sheet = drafted(cast)
    for row in ask(cast, sheet):
        say(cast, row)
    sheet = save(cast, sheet, [TOLD, "Y refugio"])
    assert sheet.state == "draft"
    with pytest.raises(sharing.NotBeingCleared):
        publish(cast, sheet)
    rows = ask(cast, sheet)
    assert {row.answer for row in rows} == {"pending"}
    with pytest.raises(StaleVersion):  # who still had the earlier text before them
        say(cast, rows[0], version=sheet.version - 1)
    same = save(cast, sheet, [TOLD, "Y refugio"])
    assert (same.state, same.version) == ("clearing", sheet.version)  # the same text is no other text


def test_an_objection_is_not_got_rid_of_by_taking_its_person_out_of_the_circle(cast: Cast) -> None:
    sheet = drafted(cast)
    first, second = ask(cast, sheet)
    say(cast, first, agrees=False, text="Así no.")
    CircleMember.objects.filter(person=cast.carmen).update(until=cast.now)
    assert [row.answer for row in ask(cast, sheet)] == ["objected", "pending"]
    say(cast, second)
    with pytest.raises(sharing.NotCleared):
        publish(cast, sheet)


def test_it_is_made_of_what_was_closed_and_of_nothing_else(cast: Cast) -> None:
    session = closed(cast, cast.rosa)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=False)
    session.refresh_from_db()
    open_one, closed_one = lesson(session), lesson(session, "Adentro", is_casa_adentro=True)
    assert list(clearing.offered(session)) == [closed_one]
    with pytest.raises(sharing.NothingChosen):
        sharing.draft(
            session_id=session.pk, outcome_ids=[open_one.pk], title="X", by=cast.secretariat, now=cast.now
        )


def test_a_session_has_one_sheet_at_a_time(cast: Cast) -> None:
    sheet = drafted(cast)
    said = Outcome.objects.get(session=sheet.session_id)
    again = {
        "session_id": sheet.session_id,
        "outcome_ids": [said.pk],
        "title": "Otra",
        "by": cast.secretariat,
    }
    with pytest.raises(sharing.SheetExists):
        sharing.draft(**again, now=cast.now)
    sharing.withdraw(sheet_id=sheet.pk, by=cast.secretariat, now=cast.now)
    assert sharing.draft(**again, now=cast.now).pk != sheet.pk


def test_who_left_the_circle_opens_nothing_by_the_link(cast: Cast, client: Client) -> None:
    sheet = drafted(cast)
    row = ask(cast, sheet)[0]
    Clearance.objects.update(link_expires_at=timezone.now() + timedelta(days=9))
    url = reverse("minutes:clearance", args=[row.token])
    page = client.get(url)
    assert page.status_code == 200 and TOLD in page.content.decode() and SECRET not in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    row.refresh_from_db()
    assert row.answer == "pending"  # reading says nothing
    assert client.post(url, {"version": sheet.version, "agrees": "1"}).status_code == 302
    row.refresh_from_db()
    assert (row.answer, row.about_version) == ("agreed", sheet.version)
    assert client.post(url, {"version": sheet.version - 1, "agrees": "1"}).status_code == 409
    CircleMember.objects.filter(person=cast.carmen).update(until=timezone.now())
    assert client.get(url).status_code == 404
    assert client.get(reverse("minutes:clearance", args=["x" * 22 + "." + "y" * 32])).status_code == 404


def test_nobody_outside_sees_a_sheet_before_it_is_out_and_everybody_after(cast: Cast, client: Client) -> None:
    sheet = drafted(cast, names_organizations=True, where_told="Frontera sur")
    rows = ask(cast, sheet)
    inside, public = (
        reverse("minutes:sharing", args=[sheet.session.public_id]),
        reverse("minutes:shared", args=[sheet.public_id]),
    )
    assert signed_in(cast.rosa.user).get(inside).status_code == 200
    for outsider in (
        Client(),
        signed_in(cast.tomas.user),
        signed_in(cast.ana.user),
        signed_in(cast.olga.user),
    ):
        assert outsider.get(public).status_code == 404
        assert outsider.get(inside).status_code in (302, 404)
    for row in rows:
        say(cast, row)
    publish(cast, sheet)
    told = client.get(public).content.decode()
    assert TOLD in told and "Frontera sur" in told and str(cast.ngo) in told
    assert SECRET not in told and "Carmen" not in told
    sharing.withdraw(sheet_id=sheet.pk, by=cast.secretariat, now=cast.now)
    assert client.get(public).status_code == 404


def test_the_secretariat_drafts_edits_asks_and_publishes_on_its_pages(cast: Cast) -> None:
    session = closed(cast, cast.rosa, cast.carmen, cast.luis)
    said = lesson(session)
    rosa = signed_in(cast.rosa.user)
    page, text = (
        reverse(f"minutes:{name}", args=[session.public_id]) for name in ("sharing", "sharing_edit")
    )
    assert rosa.post(page, {"title": "Lo que compartimos", "outcomes": [said.pk]}).status_code == 302
    data = {
        "version": 1, "title": "Lo que compartimos", "puntos-TOTAL_FORMS": 2, "puntos-INITIAL_FORMS": 1,
        "puntos-0-text": TOLD, "puntos-0-kind": "lesson", "puntos-0-outcome": said.pk, "puntos-1-text": "",
    }  # fmt: skip
    assert rosa.get(text).status_code == 200
    assert rosa.post(text, data).status_code == 302
    stale = rosa.post(text, data | {"puntos-0-text": "Otra cosa"})
    assert (
        stale.status_code == 409 and "Otra cosa" in stale.content.decode() and TOLD in stale.content.decode()
    )
    sheet = SharingSheet.objects.get()
    until = timezone.localdate() + timedelta(days=4)
    asked = rosa.post(
        reverse("minutes:sharing_ask", args=[session.public_id]), {"version": 2, "until": until.isoformat()}
    )
    assert asked.status_code == 302
    assert (
        rosa.post(
            reverse("minutes:sharing_ask", args=[session.public_id]), {"version": 2, "until": "1999-01-01"}
        ).status_code
        == 422
    )
    ngo, university = clearing.answers(sheet)
    clear = reverse("minutes:sharing_clear", args=[session.public_id, ngo.public_id])
    rosa.post(clear, {"version": 2, "agrees": "1"})  # another organization's word needs how it was heard
    ngo.refresh_from_db()
    assert ngo.answer == "pending"
    rosa.post(clear, {"version": 2, "agrees": "1", "text": "Carmen Loja, por teléfono, el lunes"})
    luis = signed_in(cast.luis.user)
    own = luis.get(page).content.decode()
    assert TOLD in own and SECRET not in own
    luis.post(
        reverse("minutes:sharing_clear", args=[session.public_id, university.public_id]),
        {"version": 2, "agrees": "1"},
    )
    assert luis.post(clear, {"version": 2, "agrees": "1", "text": "x"}).status_code == 403
    assert luis.get(text).status_code == 403
    assert (
        rosa.post(reverse("minutes:sharing_publish", args=[session.public_id]), {"version": 2}).status_code
        == 302
    )
    sheet.refresh_from_db()
    assert sheet.state == "published"


@pytest.mark.parametrize("count", [1, 3, 300])
def test_the_page_asks_the_same_number_of_queries(cast: Cast, count: int) -> None:
    sheet = drafted(cast)
    ask(cast, sheet)
    pairs = many_seated(cast.mesa, [f"Organización {n}" for n in range(count)])
    Clearance.objects.bulk_create(
        Clearance(sheet=sheet, organization=org, person=who, link_expires_at=timezone.now())
        for org, who in pairs
    )
    rosa = signed_in(cast.rosa.user)
    page = reverse("minutes:sharing", args=[sheet.session.public_id])
    with CaptureQueriesContext(connection) as asked:
        assert rosa.get(page).status_code == 200
    assert len(asked) <= 12, "\n".join(query["sql"][:160] for query in asked)


def test_a_head_answers_where_no_focal_point_is_inside(cast: Cast) -> None:
    chief = person("Jefa Loja", at=cast.ngo, kind="head")
    session = closed(cast, cast.rosa, chief, cast.luis)
    assert clearing.to_be_asked(session, cast.now.date()) == {
        cast.ngo.pk: chief.pk,
        cast.university.pk: cast.luis.pk,
    }
    CircleMember.objects.create(session=session, person=cast.carmen, level="record", since=cast.now)
    assert clearing.to_be_asked(session, cast.now.date())[cast.ngo.pk] == cast.carmen.pk
