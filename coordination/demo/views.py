"""The caught mail of the demo. Nothing of this exists where ``DEMO`` is off."""

from collections.abc import Callable
from email.message import EmailMessage
from functools import wraps

from csp.constants import SELF
from csp.decorators import csp_exempt, csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from coordination.demo import outbox
from coordination.demo.outbox import Letter

PAGE = 50
# The mail's own HTML is shown as a mail client would: its inline styles, no scripts, no forms, no outside pictures.
# Its links open beside the frame.
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'self'; frame-ancestors 'self'"
)
LINKS_BESIDE = '<base target="_blank">'


def in_demo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the demo: for anybody there, for nobody elsewhere."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return login_not_required(require_safe(never_cache(guarded)))


@in_demo
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail the demo has sent, newest first; ``a`` looks for a recipient."""
    to = request.GET.get("a", "").strip()[:200]
    page = Paginator(outbox.letters(settings.MAIL_DIR, to=to), PAGE).get_page(request.GET.get("page"))
    page.object_list = [outbox.head(file) for file in page.object_list]
    query = request.GET.copy()
    query.pop("page", None)
    return render(request, "demo/outbox.html", {"page": page, "to": to, "query": query.urlencode()})


@in_demo
@csp_update({"frame-src": [SELF]})
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: head, text with its links, attachments, and its HTML in a frame of its own."""
    found, message = _found(name)
    context = {
        "letter": found,
        "text": outbox.text_of(message),
        "has_html": bool(outbox.html_of(message)),
        "attachments": outbox.attachments_of(message),
    }
    return render(request, "demo/letter.html", context)


@in_demo
@csp_exempt()
@xframe_options_sameorigin
def letter_html(request: HttpRequest, name: str) -> HttpResponse:
    """The mail's HTML as it was sent, sandboxed by its own policy."""
    _letter, message = _found(name)
    html = outbox.html_of(message)
    if not html:
        raise Http404
    start = html.lower().find("<head>")
    place = start + len("<head>") if start >= 0 else 0
    response = HttpResponse(html[:place] + LINKS_BESIDE + html[place:])
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


@in_demo
def attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The attachment to keep; never shown in the browser."""
    _letter, message = _found(name)
    parts = outbox.attachments_of(message)
    if not 0 < number <= len(parts):
        raise Http404
    part = parts[number - 1]
    calendar = part.content_type == "text/calendar"
    response = HttpResponse(
        part.content, content_type="text/calendar" if calendar else "application/octet-stream"
    )
    response["Content-Disposition"] = content_disposition_header(True, part.name) or "attachment"
    return response


def _found(name: str) -> tuple[Letter, EmailMessage]:
    found = outbox.find(settings.MAIL_DIR, name)
    if found is None:
        raise Http404
    return found
