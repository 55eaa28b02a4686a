"""Reporting and verifying without an account."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.links import make_token
from coordination.activity.models import Activity
from coordination.commitments import actions
from coordination.commitments.models import Commitment, Report, Verification, VerificationCode
from tests.cast import Cast
from tests.commitments.world import agreed, outcome, reported

REPORT, VERIFY = Commitment.REPORT_LINK, Commitment.VERIFY_LINK
WORDS = {"text": "Abrimos 24 plazas", "progress": "60"}


def code_row(commitment: Commitment) -> VerificationCode:
    return commitment.verification_codes.latest("id")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_link_reports_for_the_organization_and_its_focal_point(cast: Cast) -> None:
    commitment = agreed(cast)
    client = Client()
    page = client.get(commitment.get_report_link())
    assert page.status_code == 200
    assert not Report.objects.exists(), "opening it does nothing"
    assert cast.carmen.name not in page.content.decode()
    assert (
        client.post(commitment.get_report_link(), WORDS | {"evidence_url": "acta.example/1"}).status_code
        == 302
    )
    made = Report.objects.get()
    assert (made.organization, made.person, made.progress) == (cast.ngo, cast.carmen, 60)
    assert made.evidence.get().url == "https://acta.example/1"
    activity = Activity.objects.get(kind="commitment.reported")
    assert (activity.actor_person_id, activity.actor_organization_id) == (cast.carmen.pk, cast.ngo.pk)
    commitment.refresh_from_db()
    assert commitment.state == "in_progress"
    done = WORDS | {"asks_verification": "on"}
    asked = client.post(commitment.get_report_link(), done).context["asked"]
    assert asked, "done, at 60 %"
    confirmed = ",".join(question.code for question in asked)
    client.post(commitment.get_report_link(), done | {"confirmed": confirmed})
    commitment.refresh_from_db()
    assert commitment.state == "reported"


def test_a_report_that_is_refused_keeps_what_was_typed(cast: Cast) -> None:
    commitment = agreed(cast)
    response = Client().post(
        commitment.get_report_link(), WORDS | {"progress": "130", "evidence_url": "javascript:x"}
    )
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"progress", "evidence_url"}
    assert "Abrimos 24 plazas" in response.content.decode()
    assert not Report.objects.exists()


def bad_tokens(commitment: Commitment, other: Commitment, purpose: str) -> dict[str, str]:
    good = commitment.token(purpose)
    head, mac = good.split(".")
    return {
        "cut": good[:-4],
        "tampered": f"{head}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'B'}",
        "another row's proof": f"{head}.{other.token(purpose).split('.')[1]}",
        "another purpose": commitment.token(VERIFY if purpose == REPORT else REPORT),
        "older generation": make_token(purpose, commitment.public_id, commitment.link_generation - 1),
        "noise": "no-es-un-enlace",
        "not even that": "..",
    }


@pytest.mark.parametrize("purpose", [REPORT, VERIFY])
def test_a_dead_or_foreign_link_opens_nothing_and_tells_nothing(cast: Cast, purpose: str) -> None:
    commitment, other = reported(cast), agreed(cast)
    for kind, token in bad_tokens(commitment, other, purpose).items():
        address = reverse(f"commitments:{purpose}", args=[token])
        for response in (Client().get(address), Client().post(address, WORDS | {"decision": "met"})):
            text = response.content.decode()
            assert response.status_code == 404, kind
            assert commitment.statement not in text
            assert cast.ngo.name not in text
    assert Report.objects.count() == 1
    assert not VerificationCode.objects.exists()


def test_a_new_link_is_asked_for_without_telling_whose_it_is(cast: Cast) -> None:
    commitment = agreed(cast)
    stale = commitment.token(REPORT)[:-5]  # cut on its way
    answers = {
        Client().post(reverse("commitments:renew_report", args=[token])).content.replace(token.encode(), b"")
        for token in (stale, "no-es-un-enlace", commitment.token(REPORT), stale, stale)
    }
    assert len(answers) == 1
    asked = Activity.objects.filter(kind="commitment.link_requested")
    assert asked.count() == actions.LINKS_AN_HOUR
    assert asked[0].payload == {"purpose": "report"}
    assert Client().get(reverse("commitments:renew_report", args=[stale])).status_code == 405


def test_verifying_asks_for_a_code_and_then_decides(cast: Cast) -> None:
    commitment = reported(cast)
    client, address = Client(), commitment.get_verify_link()
    assert "Abrimos 24 plazas" in client.get(address).content.decode()
    assert not VerificationCode.objects.exists(), "opening it asks for nothing"
    page = client.post(address, {"decision": "met", "text": "Las vimos"}, follow=True)
    code = code_row(commitment)
    assert code.digits not in page.content.decode()
    assert 'name="code"' in page.content.decode()
    assert code.person == cast.luis
    activity = Activity.objects.get(kind="commitment.verify_code_requested")
    assert (activity.subject_type, activity.subject_id) == ("verificationcode", code.pk)
    assert not Verification.objects.exists()
    response = client.post(
        address, {"decision": "met", "text": "Las vimos", "code": f"{code.digits[:3]} {code.digits[3:]}"}
    )
    assert response.status_code == 302
    made = Verification.objects.get()
    assert (made.organization, made.person, made.text) == (cast.university, cast.luis, "Las vimos")
    assert client.get(address).status_code == 200, "afterwards the link says that it is closed"
    code.refresh_from_db()
    assert code.spent_at is not None


def test_a_decision_waits_for_its_code_while_the_phone_reads_the_mail(cast: Cast, monkeypatch) -> None:
    commitment, other = reported(cast), reported(cast)
    client, address = Client(), commitment.get_verify_link()
    sent = client.post(address, {"decision": "returned", "missing": ["evidence"], "text": "Falta el acta"})
    assert sent.status_code == 302 and sent["Location"] == f"{address}?step=code"
    code, later = code_row(commitment), timezone.now() + timedelta(minutes=31)
    for _ in range(2):
        form = client.get(sent["Location"]).context["form"]
        assert (form["text"].value(), form["missing"].value()) == ("Falta el acta", ["evidence"])
        back = client.get(address).context
        assert (back["step"], back["form"]["text"].value()) == ("decide", "Falta el acta")
    for stranger, page in ((Client(), sent["Location"]), (client, f"{other.get_verify_link()}?step=code")):
        found = stranger.get(page)
        assert found.context["step"] == "decide" and "Falta el acta" not in found.content.decode()
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        assert client.get(sent["Location"]).context["step"] == "decide"
    hidden = {"decision": "returned", "missing": ["evidence"], "text": "Falta el acta", "code": code.digits}
    assert client.post(address, hidden).status_code == 302
    assert "Falta el acta" in Verification.objects.get().text and "undecided" not in client.session


def test_a_wrong_code_is_counted_and_five_end_it(cast: Cast) -> None:
    commitment = reported(cast)
    client, address = Client(), commitment.get_verify_link()
    client.post(address, {"decision": "met"})
    code = code_row(commitment)
    for attempt in range(1, 6):
        response = client.post(address, {"decision": "met", "code": wrong(code.digits)})
        assert response.context["form"].errors.keys() == {"code"}
        code.refresh_from_db()
        assert code.attempts == attempt
    response = client.post(address, {"decision": "met", "code": code.digits})
    assert response.context["form"].errors.keys() == {"code"}
    assert not Verification.objects.exists()
    client.post(address, {"decision": "met", "code": "", "again": "1"})
    fresh = code_row(commitment)
    assert fresh.pk != code.pk
    assert client.post(address, {"decision": "met", "code": fresh.digits}).status_code == 302


def verify(
    cast: Cast, commitment: Commitment, code: str, *, now: object, person: object = None
) -> Verification:
    return actions.verify_by_code(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=(person or cast.luis).pk,
        code=code, decision="met", by=cast.secretariat, now=now,
    )  # fmt: skip


def ask(cast: Cast, commitment: Commitment, now: object) -> VerificationCode:
    return actions.request_verification_code(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk,
        by=cast.secretariat, now=now,
    )  # fmt: skip


def test_a_code_lasts_ten_minutes(cast: Cast) -> None:
    commitment, now = reported(cast), timezone.now()
    code = ask(cast, commitment, now)
    with pytest.raises(actions.CodeDead):
        verify(cast, commitment, code.digits, now=now + timedelta(minutes=10))
    assert verify(cast, commitment, code.digits, now=now + timedelta(minutes=9, seconds=59))


def test_only_the_last_code_works_and_only_for_its_person(cast: Cast) -> None:
    commitment, now = reported(cast), timezone.now()
    first, last = ask(cast, commitment, now), ask(cast, commitment, now)
    assert first.digits != last.digits
    with pytest.raises(actions.WrongCode):
        verify(cast, commitment, first.digits, now=now)
    with pytest.raises(actions.CodeDead):
        verify(cast, commitment, last.digits, now=now, person=cast.carmen)


def test_a_code_of_another_commitment_does_not_work(cast: Cast) -> None:
    one, two, now = reported(cast), reported(cast), timezone.now()
    code, _other = ask(cast, one, now), ask(cast, two, now)
    with pytest.raises(actions.WrongCode):
        verify(cast, two, code.digits, now=now)


def test_codes_are_not_mailed_without_end(cast: Cast) -> None:
    commitment, now = reported(cast), timezone.now()
    for _ in range(actions.CODES_AN_HOUR):
        ask(cast, commitment, now)
    with pytest.raises(actions.TooManyRequests):
        ask(cast, commitment, now)
    assert ask(cast, commitment, now + timedelta(minutes=61))


def test_no_code_without_an_address_on_file(cast: Cast) -> None:
    commitment = reported(cast)
    cast.luis.email = ""
    cast.luis.save()
    with pytest.raises(actions.NoAddress):
        ask(cast, commitment, timezone.now())


def test_the_links_say_so_when_there_is_nothing_to_do(cast: Cast) -> None:
    commitment = agreed(cast)
    assert 'name="decision"' not in Client().get(commitment.get_verify_link()).content.decode()
    decision = outcome(cast, "Se retira", kind="decision")
    actions.withdraw(
        commitment_id=commitment.pk,
        reason="x",
        decision_id=decision.pk,
        by=cast.secretariat,
        now=timezone.now(),
    )
    page = Client().get(commitment.get_report_link())
    assert page.status_code == 200
    assert 'name="progress"' not in page.content.decode()
    assert Client().post(commitment.get_report_link(), WORDS).status_code == 200
    assert not Report.objects.exists()
