"""A signature is of one text, by an account or by a code that was mailed at that moment."""

from datetime import datetime, timedelta

import pytest

from coordination.minutes.actions import signing
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.models import Minutes, Signature, SignCode
from coordination.minutes.paper import signed_sum
from coordination.organizations.models import Organization
from tests.cast import Cast
from tests.minutes.going_round import answer, by_link, circulated, closed, copy_of, drafted, observe, over

pytestmark = pytest.mark.django_db


def to_sign(cast: Cast) -> Minutes:
    return circulated(cast, approval="signature")


def sign(
    minutes: Minutes, organization: Organization, *, at: datetime | None = None, text_sum: str = ""
) -> Signature:
    copy = copy_of(minutes, organization)
    return signing.sign(
        copy_id=copy.pk, sha256=text_sum or signed_sum(copy.minutes), name="Carmen Loja", title="Directora",
        person_id=None, by=by_link(copy), now=at or copy.sent_at,
    )  # fmt: skip


def test_when_every_voting_organization_that_came_has_signed_it_is_approved(cast: Cast) -> None:
    """The ministry presides and did not register: its vote is not waited for."""
    minutes = to_sign(cast)
    sign(minutes, cast.ngo)
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.CIRCULATED
    sign(minutes, cast.university)
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.APPROVED
    assert {one.sha256 for one in minutes.signatures.all()} == {minutes.sha256}


def test_after_the_term_the_chair_and_the_secretariat_are_enough(cast: Cast) -> None:
    minutes = to_sign(cast)
    sign(minutes, cast.ministry)
    assert approve_silent(now=minutes.circulated_at + timedelta(days=1)) == 0
    assert approve_silent(now=over(minutes)) == 1


def test_what_is_unanswered_holds_up_the_last_signature(cast: Cast) -> None:
    minutes = to_sign(cast)
    made = observe(minutes, cast.ngo)
    sign(minutes, cast.ngo)
    sign(minutes, cast.university)
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.CIRCULATED
    answer(cast, made, "not", reason="No consta.")
    assert approve_silent(now=over(minutes)) == 1


def test_signed_twice_is_signed_once_also_after_the_approval(cast: Cast) -> None:
    minutes = to_sign(cast)
    first = sign(minutes, cast.ngo)
    assert sign(minutes, cast.ngo).pk == first.pk
    sign(minutes, cast.university)
    assert sign(minutes, cast.ngo).pk == first.pk
    with pytest.raises(signing.NotCirculating):
        sign(minutes, cast.ministry)


def test_a_text_that_changes_voids_the_signatures_before(cast: Cast) -> None:
    minutes = to_sign(cast)
    read = signed_sum(minutes)
    made = observe(minutes, cast.university)
    sign(minutes, cast.ngo)
    answer(cast, made, section_version=1, body="<p>La mesa acordó abrir 45 plazas.</p>")
    with pytest.raises(signing.TextChanged):
        sign(minutes, cast.university, text_sum=read)
    sign(minutes, cast.university)
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.CIRCULATED, "the first signature was of another text"
    sign(minutes, cast.ngo)
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.APPROVED
    assert minutes.signatures.count() == 2


def test_nobody_signs_what_silence_approves(cast: Cast) -> None:
    with pytest.raises(signing.NothingToSign):
        sign(circulated(cast), cast.ngo)


def code_for(cast: Cast, minutes: Minutes, at: datetime | None = None) -> SignCode:
    copy = copy_of(minutes, cast.ngo)
    return signing.request_code(
        copy_id=copy.pk, person_id=cast.carmen.pk, by=by_link(copy), now=at or copy.sent_at
    )


def by_code(cast: Cast, minutes: Minutes, digits: str, at: datetime | None = None) -> Signature:
    copy = copy_of(minutes, cast.ngo)
    return signing.sign_by_code(
        copy_id=copy.pk, sha256=signed_sum(copy.minutes), name="Carmen Loja", title="Directora", code=digits,
        by=by_link(copy), now=at or copy.sent_at,
    )  # fmt: skip


def test_the_code_of_the_last_mail_signs_once(cast: Cast) -> None:
    minutes = to_sign(cast)
    old, code = code_for(cast, minutes), code_for(cast, minutes)
    if old.digits != code.digits:
        with pytest.raises(signing.WrongCode):
            by_code(cast, minutes, old.digits)
    made = by_code(cast, minutes, f"{code.digits[:3]} {code.digits[3:]}")
    assert made.person == cast.carmen
    assert by_code(cast, minutes, code.digits).pk == made.pk, "pressed twice"
    assert not SignCode.objects.filter(spent_at=None).exists()


def test_a_code_dies_after_ten_minutes_and_after_five_attempts(cast: Cast) -> None:
    minutes = to_sign(cast)
    code = code_for(cast, minutes)
    with pytest.raises(signing.CodeDead):
        by_code(cast, minutes, code.digits, code.expires_at)
    wrong = f"{(int(code.digits) + 1) % 1_000_000:06d}"
    for _attempt in range(4):
        with pytest.raises(signing.WrongCode):
            by_code(cast, minutes, wrong)
    with pytest.raises(signing.CodeDead):
        by_code(cast, minutes, wrong)
    with pytest.raises(signing.CodeDead):
        by_code(cast, minutes, code.digits)


def test_codes_are_mailed_five_times_an_hour_and_never_for_a_closed_session(cast: Cast) -> None:
    minutes = to_sign(cast)
    for _time in range(5):
        code_for(cast, minutes)
    with pytest.raises(signing.TooManyCodes):
        code_for(cast, minutes)
    behind = circulated(cast, drafted(cast, closed(cast, cast.rosa, cast.carmen), approval="signature"))
    with pytest.raises(signing.NotByLink):
        code_for(cast, behind)
