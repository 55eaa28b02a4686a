"""The only writers of organizations, their people, and the requests to join."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.models import free_slug
from coordination.organizations.events import OrganizationEvent
from coordination.organizations.models import JoinRequest, Organization, Person, Post, Tenure
from coordination.organizations.queries import open_request_like

LINK_LIFE = timedelta(days=7)
RENEW_PAUSE = timedelta(
    minutes=5
)  # a renewed link is a mail: nobody's mailbox is filled by pressing a button
# Whoever fills in the form chooses where a mail goes: nobody's mailbox is filled from here.
UNOPENED_A_DAY = 3
EDITABLE = (
    "name_es", "name_en", "acronym_es", "acronym_en", "mission_es", "mission_en", "mandate_es", "mandate_en", "website",
)  # fmt: skip


class AlreadyAsked(DomainError):
    default_message = _(
        "This organization has already asked with this e-mail. The administrators are reviewing it."
    )


class LinkJustSent(DomainError):
    default_message = _(
        "We sent a link a few minutes ago. Look in your mailbox, also among the unwanted mail."
    )


class MailboxIsFull(DomainError):
    default_message = _(
        "Several requests with this e-mail wait for their link to be opened. Open those, or try again tomorrow."
    )


class LinkExpired(DomainError):
    default_message = _("The link of this request no longer works. Ask for a new one.")


class NotWaiting(DomainError):
    default_message = _("This request is not waiting for a decision. Nothing has changed.")


class NameTaken(DomainError):
    default_message = _("An organization with this name is already here. Nothing has changed.")


class NoteMissing(DomainError):
    default_message = _("Say why, so that the organization can mend it or ask again.")


class TenureDates(DomainError):
    default_message = _("The last day cannot come before the first.")


@transaction.atomic
def request_to_join(
    *,
    contact_name: str,
    contact_email: str,
    contact_phone: str = "",
    language: str = "es",
    by: Actor,
    now: datetime,
    **fields: Any,
) -> JoinRequest:
    """Keeps the request until its mail is verified, and makes the person whom letters will address.

    The person is always a new row: an unproven request ties nothing to people already on file. Asking again with
    the same name and e-mail before verifying renews that request instead of making a second one.
    ``fields`` are the other columns of the form. Records JOIN_REQUESTED with the generation of the link.
    Raises AlreadyAsked when the first request is already under review, MailboxIsFull when others for the same
    address were made today and not verified.
    """  # fmt: skip
    known = open_request_like(name=fields["name"], email=contact_email).select_for_update().first()
    if known and known.state == JoinRequest.State.WAITING:
        raise AlreadyAsked
    if known:
        return _send_link(known, by=by, now=now)
    unopened = JoinRequest.objects.filter(
        contact_email__iexact=contact_email,
        state=JoinRequest.State.UNCONFIRMED,
        created_at__gt=now - timedelta(days=1),
    )
    if unopened.count() >= UNOPENED_A_DAY:
        raise MailboxIsFull(field="contact_email")
    person = Person.objects.create(
        name=contact_name, email=contact_email, phone=contact_phone, language=language
    )
    request = JoinRequest.objects.create(
        contact_name=contact_name,
        contact_email=contact_email,
        contact_phone=contact_phone,
        language=language,
        person=person,
        link_expires_at=now + LINK_LIFE,
        created_at=now,
        **fields,
    )
    _record_request(request, by=by, now=now)
    return request


@transaction.atomic
def renew_join_link(*, request_id: int, by: Actor, now: datetime) -> JoinRequest:
    """Makes every earlier link dead and sends a new one to the address on file. Records JOIN_REQUESTED."""
    request = JoinRequest.objects.select_for_update().get(pk=request_id)
    if request.state != JoinRequest.State.UNCONFIRMED:
        raise NotWaiting
    return _send_link(request, by=by, now=now)


def _send_link(request: JoinRequest, *, by: Actor, now: datetime) -> JoinRequest:
    if request.link_expires_at - LINK_LIFE > now - RENEW_PAUSE:
        raise LinkJustSent
    request.link_generation += 1
    request.link_expires_at = now + LINK_LIFE
    request.save(update_fields=["link_generation", "link_expires_at"])
    _record_request(request, by=by, now=now)
    return request


def _record_request(request: JoinRequest, *, by: Actor, now: datetime) -> None:
    record(
        kind=OrganizationEvent.JOIN_REQUESTED,
        by=by,
        subject=request,
        now=now,
        payload={"generation": request.link_generation},
    )


@transaction.atomic
def confirm_join(*, request_id: int, by: Actor, now: datetime) -> JoinRequest:
    """The mail is verified: the request waits for the administrators. A second press changes nothing.

    Records JOIN_CONFIRMED. Raises LinkExpired when the link died meanwhile.
    """
    request = JoinRequest.objects.select_for_update().get(pk=request_id)
    if request.state != JoinRequest.State.UNCONFIRMED:
        return request
    if now >= request.link_expires_at:
        raise LinkExpired
    request.state = JoinRequest.State.WAITING
    request.save(update_fields=["state"])
    record(kind=OrganizationEvent.JOIN_CONFIRMED, by=by, subject=request, now=now)
    return request


@transaction.atomic
def approve_join(*, request_id: int, note: str = "", by: Actor, now: datetime) -> Organization:
    """The organization becomes active, and who asked its focal point from today.

    Records JOIN_APPROVED (subject: the request) and TENURE_STARTED. Raises NotWaiting, NameTaken.
    """
    request = _waiting(request_id)
    if Organization.objects.called(request.name).exclude(state=Organization.State.INACTIVE).exists():
        raise NameTaken
    organization = Organization.objects.create(
        slug=free_slug(Organization, request.acronym or request.name),
        name_es=request.name,
        acronym_es=request.acronym,
        sector_type=request.sector_type,
        level=request.level,
        province=request.province,
        website=request.website,
        state=Organization.State.ACTIVE,
    )
    person = request.person or Person.objects.create(
        name=request.contact_name,
        email=request.contact_email,
        phone=request.contact_phone,
        language=request.language,
    )
    post = Post.objects.create(
        organization=organization, title_es=request.contact_post, kind=Post.Kind.FOCAL_POINT
    )
    start_tenure(post_id=post.pk, person_id=person.pk, starts_on=timezone.localdate(now), by=by, now=now)
    request.person, request.organization = person, organization
    _decide(request, JoinRequest.State.APPROVED, note, now)
    record(
        kind=OrganizationEvent.JOIN_APPROVED,
        by=by,
        subject=request,
        now=now,
        payload={"organization": organization.pk},
    )
    return organization


@transaction.atomic
def decline_join(*, request_id: int, note: str, by: Actor, now: datetime) -> JoinRequest:
    """The request is declined and the note says why. Records JOIN_DECLINED. Raises NotWaiting, NoteMissing."""
    if not note.strip():
        raise NoteMissing(field="note")
    request = _waiting(request_id)
    _decide(request, JoinRequest.State.DECLINED, note, now)
    record(kind=OrganizationEvent.JOIN_DECLINED, by=by, subject=request, now=now)
    return request


def _waiting(request_id: int) -> JoinRequest:
    request = JoinRequest.objects.select_for_update().get(pk=request_id)
    if request.state != JoinRequest.State.WAITING:
        raise NotWaiting
    return request


def _decide(request: JoinRequest, state: JoinRequest.State, note: str, now: datetime) -> None:
    request.state, request.decision_note, request.decided_at = state, note.strip(), now
    request.save(update_fields=["state", "decision_note", "decided_at", "person", "organization"])


@transaction.atomic
def edit(*, organization_id: int, version: int, by: Actor, now: datetime, **changed: Any) -> Organization:
    """Changes what an organization says of itself; only the fields of ``EDITABLE``.

    Records EDITED with the names of the fields that changed, when any did. Raises StaleVersion.
    """
    if unknown := set(changed) - set(EDITABLE):
        raise TypeError(f"Not editable here: {', '.join(sorted(unknown))}")
    organization = Organization.objects.select_for_update().get(pk=organization_id)
    if organization.version != version:
        raise StaleVersion
    fields = [name for name, value in changed.items() if (getattr(organization, name) or "") != (value or "")]
    if not fields:
        return organization
    for name in fields:
        setattr(organization, name, changed[name])
    organization.version += 1
    organization.save(update_fields=[*fields, "version"])
    record_edit(organization, fields, by=by, now=now)
    return organization


@transaction.atomic
def start_tenure(*, post_id: int, person_id: int, starts_on: date, by: Actor, now: datetime) -> Tenure:
    """The person holds the post from that day. Records TENURE_STARTED."""
    post = Post.objects.select_for_update().get(pk=post_id)
    tenure = Tenure.objects.create(post=post, person_id=person_id, starts_on=starts_on)
    record_tenure(OrganizationEvent.TENURE_STARTED, tenure, by=by, now=now)
    return tenure


@transaction.atomic
def end_tenure(*, tenure_id: int, on: date, by: Actor, now: datetime) -> Tenure:
    """``on`` is the last day; from the next the person keeps nothing. Records TENURE_ENDED. Raises TenureDates."""
    tenure = Tenure.objects.select_for_update().select_related("post").get(pk=tenure_id)
    if on < tenure.starts_on:
        raise TenureDates
    tenure.ends_on = on
    tenure.save(update_fields=["ends_on"])
    record_tenure(OrganizationEvent.TENURE_ENDED, tenure, by=by, now=now)
    return tenure


def record_tenure(kind: OrganizationEvent, tenure: Tenure, *, by: Actor, now: datetime) -> None:
    """Records that a tenure began or ended, with its post and organization."""
    payload = {"post": tenure.post_id, "organization": tenure.post.organization_id}
    record(kind=kind, by=by, subject=tenure, now=now, payload=payload)


def record_edit(organization: Organization, fields: Iterable[str], *, by: Actor, now: datetime) -> None:
    """Records EDITED with the names of the fields that changed, never their text."""
    payload = {"organization": organization.pk, "fields": list(fields)}
    record(kind=OrganizationEvent.EDITED, by=by, subject=organization, now=now, payload=payload)
