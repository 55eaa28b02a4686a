"""What calendars read, and the buttons that make, change and take back a person's addresses."""

from datetime import datetime
from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date, parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import ANONYMOUS
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions import actions
from coordination.sessions import feeds as queries
from coordination.sessions.calendar import calendar_feed, last_change
from coordination.sessions.models import CalendarFeed, Session, SessionQuerySet
from coordination.taxonomies.models import Province


@login_not_required
@require_safe
def personal(request: HttpRequest, token: str) -> HttpResponse:
    """What the owner of the address may see now, whoever asks; reading changes nothing. A dead address is a 404."""
    feed = queries.feed_of(token)
    if feed is None:
        raise Http404
    actor, now = queries.owner_of(feed), timezone.now()
    # An owner who lost the mesa gets an empty calendar, so that copies lose its sessions, and not its new name.
    lost = feed.mesa and not Mesa.objects.visible_to(actor).filter(pk=feed.mesa.pk).exists()
    subject = None if lost else feed.organization or feed.mesa or feed.province
    name = _("Minga: %(name)s") % {"name": subject or feed.owner}
    response = _answer(request, queries.sessions_of(feed, actor, now), name)
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_not_required
@require_safe
def mesa(request: HttpRequest, slug: str) -> HttpResponse:
    """A public mesa's sessions, the same for everybody."""
    found = get_object_or_404(Mesa.objects.visible_to(ANONYMOUS), slug=slug)
    return _public(request, Session.objects.filter(mesa=found), found)


@login_not_required
@require_safe
def province(request: HttpRequest, code: str) -> HttpResponse:
    """The public sessions of a province, the same for everybody."""
    found = get_object_or_404(Province, code=code)
    rows = Session.objects.all()
    return _public(
        request, queries.chosen(rows, actor=ANONYMOUS, today=timezone.localdate(), province=found), found
    )


def _public(request: HttpRequest, rows: SessionQuerySet, subject: Mesa | Province) -> HttpResponse:
    sessions = queries.for_feed(rows.visible_to(ANONYMOUS), timezone.now())
    response = _answer(request, sessions, _("Minga: %(name)s") % {"name": subject})
    response["Cache-Control"] = "public, max-age=900"
    return response


def _answer(request: HttpRequest, sessions: list[Session], name: str) -> HttpResponse:
    """The file, or 304 to whoever has these very bytes.

    Only the tag decides: a session that leaves a feed, or a topic put right, has no later moment of change.
    """
    content = calendar_feed(
        sessions=sessions,
        name=name,
        link_of=lambda session: f"{settings.BASE_URL}{session.get_absolute_url()}",
        language=get_language() or "es",
    )
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    response: HttpResponse
    if known & {etag, "*"}:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8; method=PUBLISH")
        response["Content-Disposition"] = 'inline; filename="minga.ics"'
    response["ETag"] = etag
    changed: datetime | None = last_change(sessions)
    if changed:
        response["Last-Modified"] = http_date(changed.timestamp())
    response["X-Robots-Tag"] = "noindex"
    return response


@require_POST
def open_feed(request: HttpRequest) -> HttpResponse:
    """Makes the person's address for one organization, mesa or province, or for their own sessions."""
    actor = request.actor
    wanted = {name: value.replace("\0", "") for name, value in request.POST.items()}
    if actor.person_id is None:
        raise PermissionDenied
    given: dict[str, int] = {}
    if slug := wanted.get("mesa"):
        given["mesa_id"] = get_object_or_404(Mesa.objects.visible_to(actor), slug=slug).pk
    elif slug := wanted.get("organizacion"):
        given["organization_id"] = get_object_or_404(Organization.objects.visible_to(actor), slug=slug).pk
    elif code := wanted.get("provincia"):
        given["province_id"] = get_object_or_404(Province, code=code).pk
    feed = actions.open_feed(owner_id=actor.person_id, **given, by=actor, now=timezone.now())
    messages.success(
        request, _("Your calendar address is ready. Keep it to yourself: it works without a password.")
    )
    return _back(feed)


@require_POST
def renew(request: HttpRequest, public_id: object) -> HttpResponse:
    feed = get_object_or_404(_own(request), public_id=public_id)
    try:
        actions.renew_feed(feed_id=feed.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(
            request,
            _(
                "There is a new address and the one before has stopped working. Subscribe again with the new one."
            ),
        )
    return _back(feed)


@require_POST
def revoke(request: HttpRequest, public_id: object) -> HttpResponse:
    feed = get_object_or_404(_own(request), public_id=public_id)
    try:
        actions.revoke_feed(feed_id=feed.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(
            request, _("The address has stopped working. Calendars that read it get nothing more.")
        )
    return _back(feed)


def _own(request: HttpRequest) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.select_related("mesa", "organization", "province").filter(
        owner=request.actor.person_id, owner__isnull=False
    )


def _back(feed: CalendarFeed) -> HttpResponse:
    """To the calendar it was asked from, at its box."""
    subject = {
        "mesa": feed.mesa and feed.mesa.slug,
        "organizacion": feed.organization and feed.organization.slug,
        "provincia": feed.province and feed.province.code,
    }
    query = urlencode({name: value for name, value in subject.items() if value} or {"mias": "1"})
    return redirect(f"{reverse('portal:calendar')}?{query}#suscribirse")
