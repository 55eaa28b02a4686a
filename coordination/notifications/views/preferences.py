"""How somebody wants to be written to: by the link of any letter, by one click of a mail program, or signed in."""

from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actor import Actor
from coordination.attendees.views.by_link import sealed
from coordination.common.errors import DomainError
from coordination.notifications import preferences
from coordination.notifications.kinds import DAILY_DIGEST, KINDS
from coordination.notifications.preferences import CHOICE
from coordination.notifications.preferences_form import LANGUAGE, PreferencesForm
from coordination.organizations.models import Person

SAVED = "guardado"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page of whoever holds the link. Opening it writes nothing: mail scanners open links."""
    person, opens = preferences.person_of(token)
    if person is None or not opens:
        return _dead(request, token, person)
    here = reverse("notifications:preferences", args=[token])
    if request.method == "POST":
        return sealed(_save(request, person, here, "base_link.html", token))
    return sealed(_page(request, _form(person), person, here, "base_link.html", token))


@require_http_methods(["GET", "HEAD", "POST"])
def signed_in(request: HttpRequest) -> HttpResponse:
    """The same page for who has an account. An account that is nobody's in the mesas gets no mail to choose about."""
    person = Person.objects.filter(pk=request.actor.person_id).first()
    if person is None:
        return render(request, "notifications/preferences_nobody.html")
    here = reverse("notifications:my_preferences")
    if request.method == "POST":
        return _save(request, person, here, "base_staff.html")
    return _page(request, _form(person), person, here, "base_staff.html")


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Stops one kind by one POST of a mail program (RFC 8058): no cookie, no question, the same answer every time.

    Without it the page of preferences, that kind already chosen; a person still presses the button.
    """
    if kind not in KINDS or not (KINDS[kind].choosable or kind == DAILY_DIGEST):
        raise Http404
    person, opens = preferences.person_of(token, kind)
    if person is None or not opens:
        return _dead(request, token, person)
    if request.method == "POST":
        preferences.stop(person_id=person.pk, kind=kind, by=_by(request, person), now=timezone.now())
        return sealed(HttpResponse(content_type="text/plain"))
    own = preferences.token(person)
    here = reverse("notifications:preferences", args=[own])
    return sealed(
        _page(request, _form(person, stop=kind), person, here, "base_link.html", own, stopping=kind)
    )


@login_not_required
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Mails the link to the address on file. The answer is the same, whatever the token was."""
    person, _opens = preferences.person_of(token)
    if person is not None:
        # Refusals are told to nobody: whoever holds a dead link must not learn from the answer whose it was.
        with suppress(DomainError):
            preferences.renew_link(person_id=person.pk, by=_by(request, person), now=timezone.now())
    return sealed(render(request, "notifications/preferences_renewed.html"))


@login_not_required
@require_POST
def revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Somebody else has the link: every copy dies, and a new one goes to the address on file."""
    person, opens = preferences.person_of(token)
    if person is None or not opens:
        return _dead(request, token, person)
    preferences.revoke_link(person_id=person.pk, by=_by(request, person), now=timezone.now())
    return sealed(render(request, "notifications/preferences_renewed.html", {"revoked": True}))


def _by(request: HttpRequest, person: Person) -> Actor:
    """The person the link belongs to, and who signed in on top of it."""
    return Actor(user_id=request.actor.user_id, person_id=person.pk, name=person.name)


def _form(person: Person, stop: str = "") -> PreferencesForm:
    initial = preferences.chosen(person.pk) | {LANGUAGE: person.language}
    if stop == DAILY_DIGEST:
        initial = {kind: CHOICE.NEVER if now == CHOICE.DAILY else now for kind, now in initial.items()}
    elif stop:
        initial[stop] = CHOICE.NEVER
    return PreferencesForm(initial=initial)


def _save(request: HttpRequest, person: Person, here: str, frame: str, token: str = "") -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, form, person, here, frame, token, status=422)
    preferences.choose(
        person_id=person.pk,
        choices=form.choices(),
        language=form.cleaned_data[LANGUAGE],
        by=_by(request, person),
        now=timezone.now(),
    )
    return redirect(f"{here}?{SAVED}=1")


def _page(
    request: HttpRequest,
    form: PreferencesForm,
    person: Person,
    here: str,
    frame: str,
    token: str = "",
    *,
    stopping: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "person": person,
        "here": here,
        "frame": frame,
        "token": token,
        "saved": SAVED in request.GET and not form.is_bound,
        "stopping": KINDS[stopping].label if stopping else "",
        "section": "account",
    }
    return render(request, "notifications/preferences.html", context, status=status)


def _dead(request: HttpRequest, token: str, person: Person | None) -> HttpResponse:
    context = {"token": token, "was_ours": person is not None}
    status = 404 if person is None else 410
    return sealed(render(request, "notifications/preferences_dead.html", context, status=status))
