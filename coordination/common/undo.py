"""What an undo needs, kept with the browser's session: words never travel in an address, where logs would keep them."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import get_random_string

KEY = "undo"
KEPT = 10


def remember(request: HttpRequest, content: dict[str, Any]) -> str:
    """Keeps what was taken away and gives the code its undo is asked for by; the last ten are kept."""
    code = get_random_string(12)
    kept = {**request.session.get(KEY, {}), code: content}
    request.session[KEY] = dict(list(kept.items())[-KEPT:])
    return code


def recall(request: HttpRequest, code: str) -> dict[str, Any] | None:
    """What was kept under the code, once; None when it is gone."""
    kept = dict(request.session.get(KEY, {}))
    content: dict[str, Any] | None = kept.pop(code, None)
    if content is not None:
        request.session[KEY] = kept
    return content


def remembered(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """What can still be taken back, by the code of its undo, the latest first."""
    return dict(reversed(request.session.get(KEY, {}).items()))
