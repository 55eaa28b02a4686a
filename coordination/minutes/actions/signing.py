"""Organizations sign: by account, or by their link with a code mailed at that moment."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.minutes.actions.approval import approve_if_ripe
from coordination.minutes.actions.circulation import NotCirculating, lock_copy, note
from coordination.minutes.events import MinutesEvent
from coordination.minutes.paper import signed_sum
from coordination.minutes.sign_codes import SignCode
from coordination.minutes.texts import Minutes, MinutesCopy, Signature
from coordination.organizations.models import Person

CODES_AN_HOUR = 5


class NotByLink(DomainError):
    default_message = _("These minutes are signed with an account. Sign in first.")


class NothingToSign(DomainError):
    default_message = _("These minutes are approved by silence; nobody has to sign them.")


class TextChanged(StaleVersion):
    default_message = _(
        "The text changed while you were reading it: an observation was accepted. Nothing was signed. Read it again, then sign what it says now."
    )


class NoAddress(DomainError):
    default_message = _(
        "We have no e-mail address on file for this organization. The secretariat can add it."
    )


class TooManyCodes(DomainError):
    default_message = _(
        "We have already sent it several times. Look in the mailbox, also among unwanted mail, and try again in an hour."
    )


class WrongCode(DomainError):
    default_message = _("This is not the code of the last mail. Check the six digits, or ask for a new code.")


class CodeDead(DomainError):
    default_message = _(
        "This code no longer works: it lasts ten minutes and five attempts. Ask for a new one; your name stays written below."
    )


@transaction.atomic
def sign(
    *, copy_id: int, sha256: str, name: str, title: str, person_id: int | None, by: Actor, now: datetime
) -> Signature:
    """Signs, for the copy's organization, the text whose sum the reader had before them.

    Signed twice is signed once. A signature of a text that has changed since is replaced. When it was the last one
    missing the minutes are approved at once. Records: SIGNED with the sum, and APPROVED. Raises NotCirculating,
    NothingToSign, TextChanged.
    """
    copy = lock_copy(copy_id)
    minutes = copy.minutes
    present = signed_sum(minutes)
    before = _signed(copy, present)
    if before is not None:
        return before
    _may_sign(minutes)
    if sha256 != present:
        raise TextChanged
    made, _new = Signature.objects.update_or_create(
        minutes=minutes,
        organization_id=copy.organization_id,
        defaults={
            "person_id": person_id, "name": name, "title": title, "sha256": present, "signed_at": now,
        },
    )  # fmt: skip
    copy.sign_codes.filter(spent_at=None).update(spent_at=now)
    note(MinutesEvent.SIGNED, minutes, by, now, {"copy": copy.pk, "sha256": present})
    approve_if_ripe(minutes_id=minutes.pk, by=by, now=now)
    return made


@transaction.atomic
def request_code(*, copy_id: int, person_id: int | None, by: Actor, now: datetime) -> SignCode:
    """Opens ten minutes in which the code mailed to the address on file signs by the link. An earlier code dies.

    Records: SIGN_CODE_REQUESTED on the code's row, which is what gets mailed. Raises NotCirculating, NothingToSign,
    NotByLink of a closed session, NoAddress, TooManyCodes.
    """
    copy = lock_copy(copy_id)
    _may_sign(copy.minutes)
    if copy.minutes.session.is_casa_adentro:
        raise NotByLink
    person = Person.objects.filter(pk=person_id).exclude(email="").first()
    if person is None:
        raise NoAddress
    if copy.sign_codes.filter(requested_at__gt=now - timedelta(hours=1)).count() >= CODES_AN_HOUR:
        raise TooManyCodes
    copy.sign_codes.filter(spent_at=None).update(spent_at=now)
    code = SignCode.objects.create(
        copy=copy, person=person, requested_at=now, expires_at=now + timedelta(minutes=SignCode.MINUTES)
    )
    mesa_id = copy.minutes.session.mesa_id
    record(kind=MinutesEvent.SIGN_CODE_REQUESTED, by=by, subject=code, now=now, mesa_id=mesa_id)
    return code


def sign_by_code(
    *, copy_id: int, sha256: str, name: str, title: str, code: str, by: Actor, now: datetime
) -> Signature:
    """``sign`` for whoever comes by the link: the code of the last mail opens it, once.

    Two transactions on purpose: a wrong attempt stays counted although it is refused. Raises CodeDead, WrongCode and
    what ``sign`` raises.
    """
    copy = MinutesCopy.objects.select_related("minutes__session").get(pk=copy_id)
    before = _signed(copy, sha256)
    if before is not None:  # the button was pressed twice
        return before
    person_id = _try_code(copy_id, code, now)
    return sign(copy_id=copy_id, sha256=sha256, name=name, title=title, person_id=person_id, by=by, now=now)


def _signed(copy: MinutesCopy, sha256: str) -> Signature | None:
    """The organization's signature under this very text."""
    signed = Signature.objects.filter(minutes=copy.minutes_id, organization=copy.organization_id)
    return signed.filter(sha256=sha256).first()


def takes_signatures(minutes: Minutes) -> bool:
    return minutes.state == Minutes.State.CIRCULATED and minutes.approval == Mesa.MinutesApproval.SIGNATURE


def _may_sign(minutes: Minutes) -> None:
    if minutes.state != Minutes.State.CIRCULATED:
        raise NotCirculating
    if minutes.approval != Mesa.MinutesApproval.SIGNATURE:
        raise NothingToSign


def _try_code(copy_id: int, given: str, now: datetime) -> int:
    """Whose mailbox the code was read in."""
    with transaction.atomic():
        copy: MinutesCopy = lock_copy(copy_id)
        code = copy.sign_codes.select_for_update().order_by("-id").first()
        if code is None or not code.is_live(now):
            raise CodeDead(field="code")
        right = code.matches(given)
        if not right:
            code.attempts = F("attempts") + 1
            code.save(update_fields=["attempts"])
            code.refresh_from_db(fields=["attempts"])
    if not right:
        raise WrongCode(field="code") if code.attempts < SignCode.ATTEMPTS else CodeDead(field="code")
    return code.person_id
