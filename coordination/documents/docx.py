"""From a Word template and facts to a DOCX. Knows nothing of what the paper says.

The template may be anybody's: it is read and filled in a process of its own (``docx_worker``) that knows no secret,
has so much time and memory, and understands nothing but names, loops over what it is given, and choices. What is
wrong with it is said in words, with the place, for whoever wrote it in Word.
"""

import base64
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from coordination.common.errors import DomainError
from coordination.documents.blocks import Block

WORKER = "coordination.documents.docx_worker"
SECONDS = 15  # 60 pages take one
BYTES = 20 * 1024 * 1024  # of facts
WAIT = 20  # seconds for a place; two are filled at a time

logger = logging.getLogger(__name__)
_places = BoundedSemaphore(2)
# A name, or the name of a list with the names that each of its rows has.
Schema = dict[str, list[str] | None]


class NotFilled(DomainError):
    """The paper could not be made of this template."""

    default_message = _(
        "The Word document could not be made from this template. Nothing was lost; the PDF can still be downloaded."
    )


@dataclass(frozen=True)
class Rich:
    """A text of blocks, for the place where its name stands."""

    blocks: Sequence[Block]


@dataclass(frozen=True)
class Band:
    """A line across the head of every page; black for what is casa adentro."""

    text: str
    black: bool = False


@dataclass(frozen=True)
class About:
    """What the file says of itself; whatever the template said of itself is taken out."""

    title: str
    author: str
    language: str = "es"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a template, in words, and where: the words before it."""

    code: str
    words: Any
    tag: str = ""
    before: str = ""


def fill(template: bytes, values: dict[str, Any], *, about: About, bands: Sequence[Band] = ()) -> bytes:
    """The DOCX: texts, lists of rows, ``Rich`` texts, each where the template names it. Raises NotFilled."""
    answer = _asked(template, values, about=about, bands=bands)
    if answer["problems"]:
        logger.error("a template was not filled: %s", answer["problems"][0]["code"])
        raise NotFilled
    return base64.b64decode(answer["docx"])


def problems(
    template: bytes,
    sample: dict[str, Any],
    *,
    schema: Schema,
    required: Sequence[Sequence[str]],
    about: About,
) -> list[Problem]:
    """What stands in the way of using this template, found by reading it and by filling it with the sample.

    ``schema`` are the names there are; of each group in ``required`` one must be placed (``list.name`` of a list).
    """
    try:
        answer = _asked(
            template, sample, about=about, schema=schema, required=[list(one) for one in required]
        )
    except NotFilled:
        answer = {"problems": [{"code": "too_much"}]}
    return [_told(**one) for one in answer["problems"]]


def _asked(
    template: bytes, values: dict[str, Any], *, about: About, bands: Sequence[Band] = (), **more: Any
) -> dict[str, Any]:
    job = json.dumps(
        {
            "template": base64.b64encode(template).decode(),
            "values": _plain(values),
            "bands": [asdict(one) for one in bands],
            **asdict(about),
            **more,
        }
    )
    if len(job) > BYTES * 2 or not _places.acquire(timeout=WAIT):
        raise NotFilled
    try:
        done = subprocess.run(
            [sys.executable, "-m", WORKER],
            input=job.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
            timeout=SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError, OSError) as error:
        logger.error("the process that fills templates gave no answer: %s", type(error).__name__)
        raise NotFilled from None
    finally:
        _places.release()
    return answer


def _plain(value: Any) -> Any:
    """Facts as JSON; signs that XML cannot hold are left out."""
    if isinstance(value, Rich):
        return {"blocks": [asdict(block) for block in value.blocks]}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return "".join(
        sign for sign in str(value) if sign in "\n\t" or sign.isprintable() or sign == "\N{NO-BREAK SPACE}"
    )


def _told(code: str, tag: str = "", before: str = "", guess: str = "") -> Problem:
    facts = {"tag": tag, "before": before or _("the beginning"), "guess": guess}
    words = _WORDS.get(code, _WORDS["damaged"]) % facts
    if code == "unknown" and guess:
        words = f"{words} {_('Did you mean %(guess)s?') % facts}"
    return Problem(code, words, tag, before)


_WORDS: dict[str, Any] = {
    "unclosed": _(
        "After “%(before)s” a mark is not whole: %(tag)s. It begins with {{ and ends with }}, or begins with {%% and ends with %%}, in one line."
    ),
    "unknown": _("After “%(before)s” it says %(tag)s, and there is no variable of that name."),
    "is_a_list": _(
        "After “%(before)s” it says %(tag)s, which is a list: repeat it with %(guess)s … {%% endfor %%}."
    ),
    "not_a_list": _(
        "After “%(before)s” it says %(tag)s, and that cannot be repeated. What can be repeated: %(guess)s."
    ),
    "not_allowed": _(
        "After “%(before)s” it says %(tag)s. A template can place a variable, repeat with for and choose with if; nothing else."
    ),
    "not_closed_for": _(
        "The repetition %(tag)s after “%(before)s” has no end. Write {%% endfor %%} where it ends."
    ),
    "not_closed_if": _(
        "The choice %(tag)s after “%(before)s” has no end. Write {%% endif %%} where it ends."
    ),
    "no_begin": _(
        "After “%(before)s” it says %(tag)s, and nothing that it could belong to was begun before it."
    ),
    "loop_in_loop": _(
        "After “%(before)s” the repetition %(tag)s begins inside another one. End the first one before it."
    ),
    "missing": _("The template does not say %(tag)s anywhere. Write it where it belongs."),
    "fetches": _(
        "The document fetches a part of itself from elsewhere when it opens (%(tag)s). Insert the picture or the text itself."
    ),
    "field": _("The document has a field that fetches or runs something: %(tag)s. Take it out."),
    "embedded": _("Another file or a program is inside the document (%(tag)s). Take it out."),
    "not_allowed_somewhere": _(
        "A mark in the document, perhaps in a footnote or in its properties, says more than a template may. A template can place a variable, repeat with for and choose with if; nothing else."
    ),
    "too_much": _(
        "Filling in this template takes too long or becomes too large. Make it simpler, with smaller pictures."
    ),
    "damaged": _(
        "The template could not be filled in: Word's file is not as it should be. Save it again as DOCX."
    ),
}
