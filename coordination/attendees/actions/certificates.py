"""Issuing certificates: rows first, papers when somebody takes them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.certificates import standing
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Certificate
from coordination.common.errors import DomainError
from coordination.documents.codes import new_code
from coordination.sessions.models import Session


class CertificatesRefused(DomainError):
    """No certificate can be issued for this session now."""


@transaction.atomic
def issue_certificates(*, session_id: int, by: Actor, now: datetime) -> int:
    """A certificate for everybody who came and for their organizations, as the closed register has them.

    Who has one keeps it; where the name changed since, or the mark is gone, the old one is withdrawn and a changed name
    gets a new code. Says how many were issued. Records: CERTIFICATES_ISSUED with the numbers, when anything changed.
    Raises CertificatesRefused while the register is open, without a list, and of a cancelled session.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    if session.state == Session.State.CANCELLED:
        raise CertificatesRefused(_("This session was cancelled: nobody came."))
    if session.attendance_closed_at is None:
        raise CertificatesRefused(
            _("Close the register first: a certificate says what the closed register says.")
        )
    plan = standing(session)
    if not plan.current and not plan.new:
        raise CertificatesRefused(_("Nobody is on the list of this session, so there is nobody to certify."))
    withdrawn = [*plan.lost, *(old for old, _new in plan.corrected)]
    if withdrawn:
        Certificate.objects.filter(pk__in=[one.pk for one in withdrawn]).update(revoked_at=now)
    wanted = [*plan.new, *(new for _old, new in plan.corrected)]
    Certificate.objects.bulk_create(
        Certificate(
            session=session,
            organization_id=one.organization_id,
            attendance_id=one.attendance_id,
            code=new_code(),
            name=one.name,
            issued_at=now,
        )
        for one in wanted
    )
    if wanted or withdrawn:
        record(
            kind=AttendeeEvent.CERTIFICATES_ISSUED,
            by=by,
            subject=session,
            now=now,
            mesa_id=session.mesa_id,
            payload={"issued": len(wanted), "withdrawn": len(withdrawn)},
        )
    return len(wanted)
