"""Every letter, as it looks, before anybody gets one."""

from csp.constants import SELF
from csp.decorators import csp_exempt, csp_update
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from coordination.notifications import gallery as letters
from coordination.notifications.permissions import reads_messages
from coordination.notifications.views.messages import sandboxed
from coordination.notifications.words import kind_words


@require_safe
@csp_update({"frame-src": [SELF]})
def gallery(request: HttpRequest) -> HttpResponse:
    """All of them in one language; ``letra`` chooses the other."""
    _allowed(request)
    language = request.GET.get("letra", "")
    language = language if language in letters.LANGUAGES else str(get_language())[:2]
    shown = [
        {"name": name, "kind": _title(name), "letter": letters.letter(name, language)}
        for name in letters.NAMES
    ]
    context = {"letters": shown, "language": language, "section": "notifications"}
    return render(request, "notifications/gallery.html", context)


@require_safe
@csp_exempt()
@xframe_options_sameorigin
def letter(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """One letter's HTML, for its frame."""
    _allowed(request)
    try:
        return sandboxed(letters.letter(kind, language).html)
    except KeyError as error:
        raise Http404 from error


def _title(name: str) -> str:
    return _("Any letter about a closed session") if name == letters.CLOSED_DOOR else kind_words(name)


def _allowed(request: HttpRequest) -> None:
    if not reads_messages(request.actor):
        raise PermissionDenied
