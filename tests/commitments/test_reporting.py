"""What the responsible organization says: one form, sent once, nothing typed lost."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.commitments import actions
from coordination.commitments.figures.actions.measuring import FigureRefused
from coordination.commitments.models import Commitment, Evidence, Report
from coordination.commitments.reports.actions import evidencing, reporting
from coordination.commitments.reports.forms import STEPS
from coordination.commitments.states import NotOpen
from coordination.common.errors import StaleVersion
from tests.cast import NOW, Cast, acting, person, signed_in
from tests.commitments.world import agreed, historic, reported
from tests.files import samples

LATER = NOW + timedelta(days=1)


def say(cast: Cast, commitment: Commitment, **given: Any) -> Report:
    values: dict[str, Any] = {"text": "Abrimos 24 plazas", "progress": 60, "now": LATER} | given
    return reporting.report(
        commitment_id=commitment.pk,
        organization_id=values.pop("organization_id", commitment.responsible_id),
        person_id=cast.carmen.pk,
        by=cast.secretariat,
        **values,
    )


def quiet(cast: Cast, commitment: Commitment, **given: Any) -> Report:
    return reporting.nothing_new(
        commitment_id=commitment.pk,
        organization_id=cast.ngo.pk,
        person_id=cast.carmen.pk,
        by=cast.secretariat,
        **{"now": LATER} | given,
    )


def piece(
    cast: Cast, commitment: Commitment, name: str = "acta.pdf", content: bytes = samples.PDF
) -> Evidence:
    return evidencing.add_evidence(
        commitment_id=commitment.pk,
        organization_id=cast.ngo.pk,
        person_id=cast.carmen.pk,
        upload=samples.upload(name, content),
        by=cast.secretariat,
        now=NOW,
    )


class TestReporting:
    def test_figures_become_measurements_of_the_report_with_date_and_source(self, cast: Cast) -> None:
        commitment = agreed(cast)
        indicator = commitment.indicators.get()
        made = say(cast, commitment, figures={indicator.pk: Decimal(24)}, obstacles=" Falta el agua ")
        figure = made.measurements.get()
        assert (figure.value, figure.measured_on) == (24, timezone.localdate(LATER))
        assert cast.ngo.name in figure.source
        assert made.obstacles == "Falta el agua"
        indicator.refresh_from_db()
        assert indicator.value == 24

    def test_a_figure_that_is_refused_takes_the_whole_report_back(self, cast: Cast) -> None:
        commitment = agreed(cast)
        indicator = commitment.indicators.get()
        with pytest.raises(FigureRefused) as refused:
            say(
                cast,
                commitment,
                figures={indicator.pk: Decimal(24)},
                figures_on=timezone.localdate(LATER) + timedelta(days=3),
            )
        assert refused.value.field == "figures_on"
        assert not Report.objects.exists()
        commitment.refresh_from_db()
        assert (commitment.state, commitment.progress) == ("agreed", 0)

    def test_evidence_that_waited_goes_with_the_report_and_each_piece_keeps_its_readers(
        self, cast: Cast
    ) -> None:
        commitment, other = agreed(cast), agreed(cast)
        mine, foreign = piece(cast, commitment), piece(cast, other)
        quiet = piece(cast, commitment, "lista.pdf", samples.PDF + b"%")
        made = say(
            cast,
            commitment,
            evidence_ids=[mine.pk, quiet.pk, foreign.pk],
            public_ids=[mine.pk, foreign.pk],
            evidence_url="https://acta.example/1",
        )
        assert set(made.evidence.values_list("title", "is_restricted")) == {
            ("Acta", False),
            ("Lista", True),
            ("https://acta.example/1", False),
        }
        foreign.refresh_from_db()
        assert (foreign.report, foreign.is_restricted) == (None, True), "of another commitment"

    def test_nothing_new_is_an_answer_and_changes_nothing_else(self, cast: Cast) -> None:
        commitment = reported(cast)
        made = quiet(cast, commitment, obstacles="Falta la firma")
        commitment.refresh_from_db()
        assert (commitment.state, commitment.progress) == ("reported", 60), "it still waits for its verifier"
        assert (made.has_news, made.text, made.obstacles, made.progress) == (False, "", "Falta la firma", 60)
        last = Activity.objects.filter(kind="commitment.reported").latest("id")
        assert last.payload["has_news"] is False

    def test_the_same_words_under_the_same_key_are_one_report(self, cast: Cast) -> None:
        commitment, key = agreed(cast), uuid.uuid4()
        first = say(cast, commitment, key=key, after="")
        assert say(cast, commitment, key=key, after="") == first, "even though its page is stale by now"
        assert first.public_id == key
        assert quiet(cast, commitment, key=key).public_id != key
        other = say(cast, commitment, key=key, text="Abrimos 30 plazas")
        assert other.public_id != key
        assert Report.objects.count() == 3
        assert say(cast, agreed(cast), key=key).public_id != key, "a key of another commitment opens nothing"

    def test_the_same_words_within_the_hour_are_one_report_whatever_their_form(self, cast: Cast) -> None:
        """The way back of the browser brings the words again, under the key of a new page."""
        commitment = agreed(cast)
        indicator = commitment.indicators.get()
        said = {"figures": {indicator.pk: Decimal(24)}, "key": uuid.uuid4()}
        first = say(cast, commitment, **said)
        again = said | {"key": uuid.uuid4()}
        assert say(cast, commitment, **again, now=LATER + timedelta(minutes=50)) == first
        assert say(cast, commitment, **again | {"figures": {indicator.pk: Decimal(30)}}) != first
        assert say(cast, commitment, key=uuid.uuid4(), text="Abrimos 30 plazas") != first
        silent = quiet(cast, commitment, key=uuid.uuid4())
        assert quiet(cast, commitment, key=uuid.uuid4()) == silent
        assert quiet(cast, commitment, key=uuid.uuid4(), now=LATER + timedelta(hours=2)) != silent

    def test_the_same_words_after_an_answer_are_another_report(self, cast: Cast) -> None:
        commitment = agreed(cast)
        first = say(cast, commitment, key=uuid.uuid4(), asks_verification=True)
        Commitment.objects.filter(pk=commitment.pk).update(state="in_progress")
        assert say(cast, commitment, key=uuid.uuid4(), asks_verification=True) != first

    def test_refusals(self, cast: Cast) -> None:
        commitment = agreed(cast)
        say(cast, commitment)
        with pytest.raises(StaleVersion):
            say(cast, commitment, after="")
        with pytest.raises(reporting.NotResponsible):
            say(cast, commitment, organization_id=cast.university.pk)
        with pytest.raises(reporting.NothingSaid):
            say(cast, commitment, text="  \n ")
        with pytest.raises(actions.HistoricRecord):
            say(cast, historic(cast), organization_id=cast.ngo.pk)
        Commitment.objects.filter(pk=commitment.pk).update(state="disputed")
        with pytest.raises(NotOpen):
            say(cast, commitment)
        with pytest.raises(NotOpen):
            quiet(cast, commitment)


class TestTheForm:
    WORDS = {"text": "Abrimos 24 plazas", "step": "50"}

    def post(self, commitment: Commitment, client: Client | None = None, **given: Any) -> Any:
        return (client or Client()).post(commitment.get_report_link(), self.WORDS | given)

    def test_from_the_mail_to_done_in_three_screens(self, cast: Cast) -> None:
        commitment, client = agreed(cast), Client()
        page = client.get(commitment.get_report_link())
        form, text = page.context["form"], page.content.decode()
        assert [int(value) for value, _label in form.fields["step"].choices] == list(STEPS)
        assert text.count("<h1") == 1 and 'enctype="multipart/form-data"' in text
        hidden = {"key": str(form["key"].value()), "after": form["after"].value()}
        done = self.post(
            commitment,
            client,
            **hidden,
            **{f"figure_{commitment.indicators.get().pk}": "40.5"},
            uploads=[samples.upload("foto.jpg", samples.picture()), samples.upload("acta.pdf", samples.PDF)],
            asks_verification="on",
            step="100",
        )
        assert done.status_code == 302
        thanks = client.get(done["Location"])
        assert thanks.status_code == 200
        told = thanks.content.decode()
        assert cast.university.name in told and "Abrimos 24 plazas" in told and "?corrige=" in told
        made = Report.objects.get()
        assert {each.type for each in made.evidence.all()} == {"photo", "act"}
        assert all(each.is_restricted for each in made.evidence.all()), "until somebody says anyone"
        assert made.measurements.get().value == Decimal("40.50")
        # Twice by impatience, or because the answer got lost: still one, with its files once.
        again = self.post(
            commitment,
            client,
            **hidden,
            **{f"figure_{commitment.indicators.get().pk}": "40.5"},
            uploads=[samples.upload("foto.jpg", samples.picture())],
            asks_verification="on",
            step="100",
        )
        assert again["Location"] == done["Location"]
        assert (Report.objects.count(), Evidence.objects.count()) == (1, 2)
        correcting = client.get(f"{commitment.get_report_link()}?corrige={made.public_id}").context["form"]
        assert correcting["text"].value() == "Abrimos 24 plazas"
        assert correcting["key"].value() != made.public_id

    def test_what_is_refused_keeps_the_words_and_the_files_that_came(self, cast: Cast) -> None:
        commitment = agreed(cast)
        files = [samples.upload("acta.pdf", samples.PDF), samples.upload("plano.pdf", b"MZ\x90\x00" * 50)]
        key = str(uuid.uuid4())
        page = self.post(commitment, progress="130", readers="public", uploads=files, key=key)
        assert page.status_code == 200
        form, text = page.context["form"], page.content.decode()
        assert form.errors.keys() == {"progress", "uploads"}
        assert "plano.pdf" in str(form.errors["uploads"]) and "Abrimos 24 plazas" in text
        kept = Evidence.objects.get()
        assert kept.is_restricted and kept.report is None, "nobody reads it before the report says so"
        assert f'value="{kept.public_id}" checked' in text
        assert not Report.objects.exists()
        again = {"key": page.context["form"]["key"].value(), "taken": str(kept.public_id)}
        assert again["key"] == key
        assert f'name="opened" value="{kept.public_id}" checked' in text, "as it was chosen when it came"
        assert str(page.context["form"]["readers"].label) != str(page.context["form"].fields["readers"].label)
        sent = self.post(commitment, readers="restricted", opened=str(kept.public_id), **again)
        assert sent.status_code == 302
        kept.refresh_from_db()
        assert kept.report == Report.objects.get() and not kept.is_restricted

    def test_a_file_without_its_tick_stays_out_of_the_report(self, cast: Cast) -> None:
        commitment, key = agreed(cast), str(uuid.uuid4())
        self.post(commitment, progress="130", key=key, uploads=samples.upload("acta.pdf", samples.PDF))
        waiting = Evidence.objects.get()
        again = self.post(commitment, progress="130", key=key, taken="no-es-un-id").content.decode()
        assert f'value="{waiting.public_id}">' in again, "offered again, without the tick"
        self.post(commitment, taken="no-es-un-id", key=key)
        waiting.refresh_from_db()
        assert waiting.report is None and waiting.is_restricted

    def test_what_somebody_else_left_behind_is_neither_offered_nor_made_public(self, cast: Cast) -> None:
        commitment = agreed(cast)
        added = piece(cast, commitment)
        wrong = [samples.upload("cara.jpg", samples.picture()), samples.upload("b.pdf", b"MZ\x90\x00" * 50)]
        self.post(commitment, key=str(uuid.uuid4()), uploads=wrong)
        left = Evidence.objects.exclude(pk=added.pk).get()
        client = Client()
        page = client.get(commitment.get_report_link())
        assert 'name="taken"' not in page.content.decode(), "the next opener sees their own form"
        own = {
            "key": str(page.context["form"]["key"].value()),
            "after": page.context["form"]["after"].value(),
        }
        forged = {"taken": [str(left.public_id), str(added.public_id)]}
        forged["opened"] = forged["taken"]
        small = samples.upload("chica.jpg", samples.picture())
        sent = self.post(commitment, client, readers="public", uploads=small, **own, **forged)
        assert sent.status_code == 302
        public = Evidence.objects.filter(is_restricted=False)
        assert [each.report_id for each in public] == [Report.objects.get().pk], "its own, and no other"
        for row in (left, added):
            row.refresh_from_db()
            assert row.report is None and row.is_restricted, row
        told = Client().get(commitment.get_absolute_url()).content.decode()
        assert "Chica" in told
        assert str(left.public_id) not in told and str(added.public_id) not in told

    def test_a_stale_page_shows_what_was_reported_meanwhile_and_sends_on_the_second_press(
        self, cast: Cast
    ) -> None:
        commitment, client = agreed(cast), Client()
        form = client.get(commitment.get_report_link()).context["form"]
        hidden = {"key": str(form["key"].value()), "after": form["after"].value()}
        say(cast, commitment, text="Lo de la otra ventana", asks_verification=True)
        page = self.post(commitment, client, **hidden)
        assert page.status_code == 409
        text = page.content.decode()
        assert "Lo de la otra ventana" in text and "Abrimos 24 plazas" in text
        commitment.refresh_from_db()
        assert commitment.state == "reported", "the request for verification is not taken back by accident"
        form = page.context["form"]
        hidden = {"key": form["key"].value(), "after": form["after"].value()}
        assert self.post(commitment, client, **hidden).status_code == 302

    def test_nothing_new_is_one_press(self, cast: Cast) -> None:
        commitment = agreed(cast)
        for _press in range(2):
            done = Client().post(
                commitment.get_report_link(), {"nothing_new": "1", "key": str(uuid.UUID(int=7))}
            )
            assert done.status_code == 302
        assert Report.objects.get().has_news is False
        assert "?corrige=" not in Client().get(done["Location"]).content.decode()
        long = Client().post(commitment.get_report_link(), {"nothing_new": "1", "why": "x" * 2001})
        assert long.status_code == 200 and "x" * 2001 in long.content.decode()

    def test_hostile_and_huge_words_are_words(self, cast: Cast) -> None:
        commitment = agreed(cast)
        evil = "<script>alert(1)</script>{{ 7|add:7 }}\x00"
        assert self.post(commitment, text="x" * 4001).context["form"].errors.keys() == {"text"}
        assert self.post(commitment, text=evil).context["form"].errors.keys() == {"text"}, "NUL is refused"
        for key in ("no-es-un-uuid", "9" * 5000):
            assert self.post(commitment, key=key, text=evil[:-1]).status_code == 302
        page = Client().get(commitment.get_report_link()).content.decode()
        assert "<script>alert" not in page and "&lt;script&gt;" in page
        wrong = self.post(commitment, step="33", progress="²", evidence_url="javascript:x")
        assert wrong.context["form"].errors.keys() == {"step", "progress", "evidence_url"}
        nothing = Client().post(commitment.get_report_link(), {"text": "x"})
        assert nothing.context["form"].errors.keys() == {"step"}
        huge = self.post(commitment, **{f"figure_{commitment.indicators.get().pk}": "9" * 400})
        assert huge.status_code == 200

    def test_thanks_show_to_the_organization_alone(self, cast: Cast) -> None:
        commitment, other = agreed(cast), agreed(cast)
        made = say(cast, commitment)
        link = other.get_report_link()
        assert Client().get(f"{link}{made.public_id}/").status_code == 404
        focal = person("Berta Focal", at=cast.ngo, user=True)
        address = f"/es/compromisos/{commitment.public_id}/informar/{made.public_id}/"
        assert signed_in(focal.user).get(address).status_code == 200
        assert signed_in(cast.luis.user).get(address).status_code == 403

    def test_the_page_asks_at_most_twelve_times(self, cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
        commitment = agreed(cast)
        for n in range(14):
            say(cast, commitment, text=f"Parte {n}")
            piece(cast, commitment, f"acta {n}.pdf", samples.PDF + b"%" * n)
        with django_assert_max_num_queries(12):
            text = Client().get(commitment.get_report_link()).content.decode()
        assert "Parte 13" in text and "Parte 0" in text and "<details" in text


def test_a_closed_commitment_offers_nobody_but_its_circle(cast: Cast) -> None:
    commitment = agreed(cast)
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True)
    commitment.refresh_from_db()
    page = Client().get(commitment.get_report_link())
    assert [value for value, _label in page.context["form"].fields["readers"].choices] == ["restricted"]
    assert "data-closed" in page.content.decode()
    wrong = (
        Client()
        .post(commitment.get_report_link(), {"text": "x", "step": "50", "readers": "public"})
        .context["form"]
    )
    assert wrong.errors.keys() == {"readers"}
    assert piece(cast, commitment).file.is_restricted
    assert not Evidence.objects.visible_to(acting(cast.elena)).exists()
