"""Sections of a draft: what is kept of what was typed, who may touch it, and that nobody's work is overwritten."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from coordination.common.errors import StaleVersion
from coordination.documents.rich import MOST
from coordination.minutes.actions import drafting, editing
from coordination.minutes.models import Minutes, Section
from coordination.organizations.models import Person
from coordination.sessions.models import Rapporteur
from tests.cast import Cast
from tests.minutes.recorded import CLOSED, drafted, recorded, with_closed_part

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def minutes(cast: Cast) -> Minutes:
    return drafted(cast, recorded(cast))


def page(name: str, minutes: Minutes, section: Section | None = None) -> str:
    here = [minutes.session.public_id, *([section.public_id] if section else [])]
    return reverse(f"minutes:{name}", args=here)


def sent(section: Section, **changed: object) -> dict[str, object]:
    return {"title": section.title, "body": section.body, "version": section.version} | changed


def test_saving_keeps_the_meaning_of_a_text_and_none_of_its_dress(cast: Cast, minutes: Minutes) -> None:
    section = minutes.sections.get(kind="agenda")
    saved = editing.edit_section(
        section_id=section.pk, version=1, title=" Orden ", is_reserved=False,
        body='<p class="MsoNormal" onclick="x()">Uno <b style="color:red">dos</b><script>mal()</script></p>',
        by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    assert (saved.title, saved.version, saved.edited_by_id) == ("Orden", 2, cast.rosa.pk)
    assert saved.body == "<p>Uno <strong>dos</strong></p>"
    minutes.refresh_from_db()
    assert minutes.edit_version == 2
    again = editing.edit_section(
        section_id=section.pk, version=2, title="Orden", body=saved.body, is_reserved=False, by=cast.secretariat,
        now=cast.now,
    )  # fmt: skip
    assert again.version == 2


def test_a_stale_save_is_answered_409_with_both_texts_and_loses_nothing(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    section = minutes.sections.get(kind="agenda")
    client, url = sign_in(cast.rosa), page("section", minutes, section)
    client.post(url, sent(section, body="<p>Lo de la otra persona</p>"))
    answer = client.post(url, sent(section, body="<p>Lo mío <img src=x onerror=mal()></p>"))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "<p>Lo de la otra persona</p>" in html
    assert "<p>Lo mío</p>" in html
    assert "onerror" not in html.split("<form")[0]
    assert 'name="version" value="2"' in html
    section.refresh_from_db()
    assert section.body == "<p>Lo de la otra persona</p>"
    assert client.post(url, sent(section, body="<p>Los dos</p>", version=2)).status_code == 302


def test_plain_text_from_the_bare_control_becomes_paragraphs_and_lists(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    section = minutes.sections.get(kind="agenda")
    typed = "Se dijo que 3 < 5.\n\n- uno\n- dos"
    sign_in(cast.rosa).post(page("section", minutes, section), sent(section, body=typed))
    section.refresh_from_db()
    assert section.body == "<p>Se dijo que 3 &lt; 5.</p><ul><li>uno</li><li>dos</li></ul>"


def test_two_megabytes_of_word_are_refused_in_words_and_nothing_typed_is_lost(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    section = minutes.sections.get(kind="agenda")
    word = "<p class=MsoNormal style='margin:0cm'><span lang=ES-EC>Texto</span></p>" * 28_000
    assert len(word) > 1_900_000 > MOST
    answer = sign_in(cast.rosa).post(
        page("section", minutes, section), sent(section, title="Mi título", body=word)
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "too long for one section" in html or "demasiado largo" in html
    assert 'value="Mi título"' in html
    assert html.count("MsoNormal") == 28_000
    section.refresh_from_db()
    assert section.version == 1


def test_the_editor_page_obeys_the_content_policy_and_has_a_name(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    answer = sign_in(cast.rosa).get(page("section", minutes, minutes.sections.get(kind="agenda")))
    html, policy = answer.content.decode(), answer["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert f'<script type="importmap" nonce="{nonce}">' in html
    assert "data-label=" in html
    assert html.index("js/minutes.js") < html.index("django_prose_editor/editor.js")
    assert "unsafe-inline" not in policy


def test_a_section_is_added_moved_removed_and_brought_back_where_it_was(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    client = sign_in(cast.rosa)
    answer = client.post(page("section_new", minutes), {"title": "Agradecimientos"})
    section = minutes.sections.get(kind="free")
    assert answer["Location"] == page("section", minutes, section)
    count = minutes.sections.count()
    assert section.order == count
    client.post(page("section", minutes, section), sent(section, body="<p>Gracias</p>"))
    client.post(page("section_move", minutes, section), {"to": "up"})
    section.refresh_from_db()
    assert section.order == count - 1
    client.post(page("section_remove", minutes, section))
    assert list(minutes.sections.values_list("order", flat=True)) == list(range(1, count))
    client.post(page("section_restore", minutes))
    back = minutes.sections.get(kind="free")
    assert (back.title, back.body, back.order) == ("Agradecimientos", "<p>Gracias</p>", count - 1)
    client.post(page("section_restore", minutes))
    assert minutes.sections.filter(kind="free").count() == 1


def test_what_comes_from_the_record_is_not_taken_away(cast: Cast, minutes: Minutes) -> None:
    with pytest.raises(editing.NotTakenAway):
        editing.remove_section(
            section_id=minutes.sections.get(kind="agenda").pk, by=cast.secretariat, now=cast.now
        )


def test_making_a_section_anew_shows_the_difference_first(
    cast: Cast, minutes: Minutes, sign_in: SignIn
) -> None:
    client, section = sign_in(cast.rosa), minutes.sections.get(item__order=2)
    url = page("section_anew", minutes, section)
    assert "<ins>" not in client.get(url).content.decode()
    written = section.body
    client.post(page("section", minutes, section), sent(section, body="<p>Otra cosa</p>"))
    html = client.get(url).content.decode()
    assert "<del>Otra cosa</del>" in html
    assert "<ins>" in html
    client.post(url, {"version": 1})
    section.refresh_from_db()
    assert section.body == "<p>Otra cosa</p>", "a stale version changes nothing"
    client.post(url, {"version": section.version})
    section.refresh_from_db()
    assert section.body == written


def test_a_closed_section_is_never_opened(cast: Cast) -> None:
    found = recorded(cast)
    with_closed_part(cast, found, inside=cast.rosa)
    section = drafted(cast, found).sections.filter(is_casa_adentro=True).first()
    assert section is not None
    with pytest.raises(editing.StaysClosed):
        editing.edit_section(
            section_id=section.pk, version=1, title="x", body="", is_reserved=False, by=cast.secretariat, now=cast.now
        )  # fmt: skip


def test_who_writes_outside_the_circle_sees_touches_and_counts_no_closed_section(
    cast: Cast, sign_in: SignIn
) -> None:
    found = recorded(cast)
    with_closed_part(cast, found, inside=cast.luis)
    minutes = drafted(cast, found)
    client = sign_in(cast.rosa)
    assert CLOSED not in client.get(page("minutes", minutes)).content.decode()
    closed = minutes.sections.filter(is_casa_adentro=True)
    for section in closed:
        for name in ("section", "section_anew"):
            assert client.get(page(name, minutes, section)).status_code == 404
        assert client.post(page("section_move", minutes, section), {"to": "up"}).status_code == 404
    # Moving passes over what the mover does not see.
    agenda = minutes.sections.get(kind="agenda", is_reserved=False)
    after = minutes.sections.filter(order__gt=agenda.order, is_casa_adentro=False).first()
    client.post(page("section_move", minutes, agenda), {"to": "down"})
    agenda.refresh_from_db()
    assert after is not None
    assert agenda.order > minutes.sections.get(pk=after.pk).order


def test_a_section_is_closed_by_the_circle_alone(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast)
    with_closed_part(cast, found, inside=cast.luis)
    Rapporteur.objects.create(session=found.session, person=cast.luis, since=cast.now)
    minutes = drafted(cast, found)
    for who, closed in ((cast.rosa, False), (cast.luis, True)):
        client = sign_in(who)
        assert ("is_casa_adentro" in client.get(page("minutes", minutes)).content.decode()) is closed
        client.post(page("section_new", minutes), {"title": who.name, "is_casa_adentro": "on"})
        section = minutes.sections.get(title=who.name)
        assert (section.is_casa_adentro, section.is_reserved) == (closed, closed)


def test_a_rapporteur_writes_and_a_member_does_not(cast: Cast, minutes: Minutes, sign_in: SignIn) -> None:
    section = minutes.sections.get(kind="agenda")
    client = sign_in(cast.luis)
    assert client.get(page("section", minutes, section)).status_code == 403
    assert client.get(page("minutes", minutes)).status_code == 404
    Rapporteur.objects.create(session=minutes.session, person=cast.luis, since=cast.now)
    assert client.get(page("section", minutes, section)).status_code == 200
    assert "section_new" not in client.get(page("minutes", minutes)).content.decode()


def test_circulated_minutes_are_not_edited(cast: Cast, minutes: Minutes, sign_in: SignIn) -> None:
    section = minutes.sections.get(kind="agenda")
    Minutes.objects.filter(pk=minutes.pk).update(state="circulated", circulated_at=cast.now)
    answer = sign_in(cast.rosa).post(page("section", minutes, section), sent(section, body="<p>tarde</p>"))
    assert answer.status_code == 200
    section.refresh_from_db()
    assert "tarde" not in section.body
    with pytest.raises(drafting.NotEditable):
        editing.add_section(minutes_id=minutes.pk, title="x", by=cast.secretariat, now=cast.now)


def test_the_draft_page_names_what_is_missing_and_asks_little(
    cast: Cast, minutes: Minutes, sign_in: SignIn, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    minutes.sections.filter(kind="agenda").update(body="")
    client, url = sign_in(cast.rosa), page("minutes", minutes)
    client.get(url)
    with django_assert_max_num_queries(14):  # type: ignore[operator]  # two of them are the test's own sign-in
        html = client.get(url).content.decode()
    assert reverse("attendees:attendance", args=[minutes.session.public_id]) in html
    assert html.count("m-task is-amber") == 1
    assert minutes.sections.count() > 5


def test_a_section_of_other_minutes_is_not_found(cast: Cast, minutes: Minutes, sign_in: SignIn) -> None:
    other = drafted(cast, recorded(cast, number=9))
    client = sign_in(cast.rosa)
    foreign = other.sections.get(kind="agenda")
    assert client.get(page("section", minutes, foreign)).status_code == 404
    nobody = Section(public_id=uuid.uuid4())
    assert client.get(page("section", minutes, nobody)).status_code == 404


def test_a_version_that_was_read_earlier_is_refused(cast: Cast, minutes: Minutes) -> None:
    section = minutes.sections.get(kind="agenda")
    with pytest.raises(StaleVersion):
        editing.make_anew(section_id=section.pk, version=7, by=cast.secretariat, now=cast.now)
