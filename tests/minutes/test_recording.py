"""Notes that save themselves, statements with their speaker, figures with their source."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.mesas.models import Mesa
from coordination.minutes.actions import notes as notes_actions
from coordination.minutes.actions import saying
from coordination.minutes.actions.notes import NotesTooLong, save_notes
from coordination.minutes.models import ItemRecord, NotesVersion, SaidFigure, Statement
from coordination.minutes.on_the_day import merged
from coordination.organizations.models import Person
from coordination.sessions.models import Outcome, Session
from tests.cast import Cast, acting
from tests.minutes.table import item, outcome, rapporteur, running
from tests.minutes.test_running import page, url

SignIn = Callable[[Person], Client]
JSON = {"headers": {"Accept": "application/json"}}


@pytest.fixture
def session(cast: Cast) -> Session:
    return running(cast)


def save(
    cast: Cast, session: Session, version: int, text: str, who: str = "rosa", **more: object
) -> ItemRecord:
    told = {"reserved_notes": "", "now": timezone.now()} | more
    return save_notes(
        item_id=item(session).pk, version=version, notes=text, by=acting(getattr(cast, who)), **told
    )


def test_notes_are_saved_kept_and_recorded_without_their_words(cast: Cast, session: Session) -> None:
    save(cast, session, 0, "Primero", reserved_notes="Entre nosotros")
    kept = ItemRecord.objects.get()
    assert (kept.notes, kept.reserved_notes, kept.version, kept.saved_by) == (
        "Primero", "Entre nosotros", 1, cast.rosa,
    )  # fmt: skip
    told = Activity.objects.get(kind="record.notes_saved")
    assert told.payload == {"item": item(session).pk, "version": 1}
    save(cast, session, 1, "Primero", reserved_notes="Entre nosotros")
    assert ItemRecord.objects.get().version == 1


def test_a_stale_text_is_refused_and_every_accepted_one_stays(cast: Cast, session: Session) -> None:
    save(cast, session, 0, "Ana escribe")
    with pytest.raises(StaleVersion):
        save(cast, session, 0, "Luis escribe", who="tomas")
    save(cast, session, 1, "Luis escribe", who="tomas")
    assert list(NotesVersion.objects.values_list("notes", flat=True)) == ["Luis escribe", "Ana escribe"]


def test_a_persons_own_text_grows_in_one_row_until_something_is_taken_away(
    cast: Cast, session: Session
) -> None:
    now = timezone.now()
    for version, text in enumerate(["Uno", "Uno dos", "Uno dos tres", "Uno"]):
        save(cast, session, version, text, now=now + timedelta(seconds=version))
    assert list(NotesVersion.objects.values_list("number", "notes")) == [(4, "Uno"), (3, "Uno dos tres")]
    save(cast, session, 4, "Uno y más", now=now + timedelta(minutes=10))
    assert NotesVersion.objects.count() == 3
    assert Activity.objects.filter(kind="record.notes_saved").count() == 3


def test_the_script_saves_and_is_told_the_version(cast: Cast, session: Session, sign_in: SignIn) -> None:
    rosa, there = sign_in(cast.rosa), url("notes", session, item(session))
    answer = rosa.post(there, {"version": "0", "notes": "Uno\r\ndos", "reserved_notes": ""}, **JSON)
    assert answer.json()["version"] == 1 and ItemRecord.objects.get().notes == "Uno\ndos"
    stale = sign_in(cast.tomas).post(there, {"version": "0", "notes": "Otro", "reserved_notes": ""}, **JSON)
    assert stale.status_code == 409 and stale.json()["told"]
    assert rosa.get(there).status_code == 405


def test_without_a_script_a_stale_text_is_shown_beside_the_other_and_both_in_one(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    save(cast, session, 0, "Saludo\nLo de Rosa")
    tomas, there = sign_in(cast.tomas), url("notes", session, item(session))
    answer = tomas.post(there, {"version": "0", "notes": "Saludo\nLo de Tomás", "reserved_notes": ""})
    assert answer.status_code == 409
    form = answer.context["form"]
    assert form["notes"].value() == "Saludo\nLo de Rosa\nLo de Tomás" and form["version"].value() == 1
    again = tomas.post(there, {"version": "1", "notes": form["notes"].value(), "reserved_notes": ""})
    assert again.status_code == 302
    history = tomas.get(url("notes_history", session, item(session))).content.decode()
    assert "Lo de Rosa" in history and "Lo de Tomás" in history


@pytest.mark.parametrize(
    ("theirs", "mine", "both"),
    [
        ("a\nb", "a\nc", "a\nb\nc"),
        ("a", "a\nb", "a\nb"),
        ("", "x", "\nx"),
        ("a\nb\nc", "a\nc", "a\nb\nc"),
    ],
)
def test_two_texts_in_one_lose_nothing(theirs: str, mine: str, both: str) -> None:
    assert merged(theirs, mine) == both
    assert set(theirs.split("\n")) | set(mine.split("\n")) <= set(both.split("\n"))


def test_two_megabytes_are_refused_in_words_and_come_back(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    rosa, there = sign_in(cast.rosa), url("notes", session, item(session))
    text = "<p class=MsoNormal>ñandú</p>" * 70_000
    for more in ({}, JSON):
        answer = rosa.post(there, {"version": "0", "notes": text, "reserved_notes": ""}, **more)
        assert answer.status_code == 422
        shown = answer.json()["told"] if more else answer.content.decode()
        assert "1\u00a0960\u00a0000" in shown
    with pytest.raises(NotesTooLong):
        save(cast, session, 0, "x" * (notes_actions.LONGEST + 1))
    assert not ItemRecord.objects.exists()


def test_hostile_text_is_text(cast: Cast, session: Session, sign_in: SignIn) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=1>'
    save(cast, session, 0, hostile)
    outcome(cast, session, hostile)
    shown = sign_in(cast.rosa).get(f"{page(session)}?punto={item(session).public_id}").content.decode()
    assert "<script>alert" not in shown and "<img src=x" not in shown
    answer = sign_in(cast.rosa).post(
        url("notes", session, item(session)), {"version": "9" * 30, "notes": "a\x00b"}
    )
    assert answer.status_code == 422


def test_a_statement_takes_who_spoke_from_the_register(cast: Cast, session: Session, sign_in: SignIn) -> None:
    rosa = sign_in(cast.rosa)
    opened = rosa.get(f"{page(session)}?punto={item(session).public_id}&anadir=declaracion")
    form = opened.context["form"]
    mark = next(one for one in form.present.values() if one.organization == cast.ngo)
    rosa.post(url("statement_add", session, item(session)), {"text": "Faltan plazas", "who": str(mark.pk)})
    said = Statement.objects.get()
    assert (said.speaker, said.speaker_title, said.organization) == ("Carmen Loja", "Punto focal", cast.ngo)
    assert "Carmen Loja" in rosa.get(page(session), {"punto": item(session).public_id}).content.decode()
    edit = reverse("minutes:statement_edit", args=[session.public_id, said.public_id])
    told = {"text": "Faltan cuarenta", "speaker": "Una vecina", "version": "1"}
    assert rosa.post(edit, told).status_code == 302
    said.refresh_from_db()
    assert (said.text, said.speaker, said.organization) == ("Faltan cuarenta", "Una vecina", None)
    stale = rosa.post(edit, told | {"text": "Otra"})
    assert stale.status_code == 409 and "Faltan cuarenta" in stale.content.decode()


def test_reserved_words_lose_their_speaker_where_the_mesa_says_so(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(reserved_without_names=True)
    told = {"item_id": item(session).pk, "by": cast.secretariat, "now": timezone.now()}
    who = {"speaker": "Carmen Loja", "speaker_title": "Coordinadora", "organization_id": cast.ngo.pk}
    saying.record_statement(text="Entre nosotros", is_reserved=True, **who, **told)
    open_one = saying.record_statement(text="A la vista", **who, **told)
    nameless = Statement.objects.get(text="Entre nosotros")
    assert (nameless.speaker, nameless.speaker_title, nameless.organization_id) == ("", "", None)
    saying.edit_statement(
        statement_id=open_one.pk, version=1, text="A la vista", is_reserved=True,
        by=cast.secretariat, now=timezone.now(), **who,
    )  # fmt: skip
    open_one.refresh_from_db()
    assert (open_one.speaker, open_one.organization_id) == ("", None)
    form = sign_in(cast.rosa).get(f"{page(session)}?punto={item(session).public_id}&anadir=declaracion")
    assert form.context["form"].fields["is_reserved"].help_text
    Mesa.objects.filter(pk=cast.mesa.pk).update(reserved_without_names=False)
    named = saying.record_statement(text="Con nombre", is_reserved=True, **who, **told)
    assert named.speaker == "Carmen Loja"


def test_a_figure_needs_its_source_and_can_be_taken_back(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    rosa, there = sign_in(cast.rosa), url("figure_add", session, item(session))
    figure = {"value": "312", "unit": "plazas", "label": "ocupadas", "source": ""}
    refused = rosa.post(there, figure)
    assert refused.status_code == 422 and not SaidFigure.objects.exists()
    with pytest.raises(saying.SourceMissing):
        saying.record_figure(
            item_id=item(session).pk,
            label="x",
            value="1",
            source=" ",
            by=cast.secretariat,
            now=timezone.now(),
        )
    rosa.post(there, figure | {"source": "Registro del GAD, 2026"})
    kept = SaidFigure.objects.get()
    answer = rosa.post(
        reverse("minutes:figure_remove", args=[session.public_id, kept.public_id]), follow=True
    )
    assert not SaidFigure.objects.exists()
    undo = next(str(m.extra_tags) for m in answer.context["messages"] if m.extra_tags)
    undo = undo.removeprefix("undo:")
    assert "312" not in undo and "GAD" not in undo
    rosa.post(undo)
    assert SaidFigure.objects.get().source == "Registro del GAD, 2026"
    rosa.post(undo)
    assert SaidFigure.objects.count() == 1


def test_outcomes_are_written_as_they_fall_and_lead_on(cast: Cast, session: Session, sign_in: SignIn) -> None:
    rosa, there = sign_in(cast.rosa), url("outcome_add", session, item(session))
    told = {"kind": "decision", "text": "Se abre", "agreement": "consensus", "is_reserved": "on"}
    answer = rosa.post(there, told)
    made = Outcome.objects.get()
    assert (made.agreement, made.is_reserved) == ("consensus", True) and "en-curso" in answer["Location"]
    assert rosa.post(there, told | {"kind": "commitment"}).status_code == 422
    vote = rosa.post(there, {"kind": "decision", "text": "Se vota", "agreement": "vote"})
    assert vote["Location"].endswith("/acuerdo/") and Outcome.objects.get(text="Se vota").agreement == ""
    gate = rosa.post(there, {"kind": "commitment", "text": "El GAD abre", "agreement": ""})
    assert (
        reverse("commitments:propose", args=[Outcome.objects.get(kind="commitment").public_id])
        == gate["Location"]
    )
    assert rosa.post(there, {"kind": "decision", "text": "  "}).status_code == 422
    rapporteur(cast, session)
    writer = sign_in(cast.luis).post(there, {"kind": "commitment", "text": "La red cede", "agreement": ""})
    assert "en-curso" in writer["Location"]


def test_a_reserved_outcome_is_there_for_who_writes_and_for_nobody_else(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    made = outcome(cast, session, "Canario reservado", is_reserved=True)
    rosa = sign_in(cast.rosa)
    assert "Canario" in rosa.get(page(session), {"punto": item(session).public_id}).content.decode()
    edit = f"{reverse('sessions:outcome_edit', args=[session.public_id, made.public_id])}?vista=en-curso"
    answer = rosa.post(edit, {"kind": "decision", "text": "Canario", "is_reserved": "on", "version": "1"})
    assert "en-curso" in answer["Location"]
    remove = f"{reverse('sessions:outcome_remove', args=[session.public_id, made.public_id])}?vista=en-curso"
    back = rosa.post(remove, follow=True)
    undo = next(str(m.extra_tags) for m in back.context["messages"] if "undo" in m.extra_tags)
    assert "Canario" not in undo
    rosa.post(undo.removeprefix("undo:"))
    assert Outcome.objects.get().is_reserved
    Session.objects.filter(pk=session.pk).update(closed_at=timezone.now(), state="held")
    assert "Canario" not in Client().get(session.get_absolute_url()).content.decode()
