"""The minutes as a paper: PDF and DOCX, public and reserved, and the sum that proves a text.

Three papers can be made of the same minutes, each with what the one before lacks: the public one; the reserved one,
for who keeps the record; and of a session with closed parts the one of the circle (``closed=True``). Whoever forgets
to ask for more gets less. Of a wholly closed session there is no public paper, and every other is the circle's.
What is left out leaves no gap: sections are numbered as they stand on that paper, and nothing is counted that it lacks.
"""

import hashlib
import json
from typing import Any

import segno
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from coordination.common.errors import DomainError
from coordination.documents.docx import fill
from coordination.documents.typst import render
from coordination.minutes.models import Minutes, MinutesTemplate
from coordination.minutes.paper_facts import Paper, facts, kept_sections, set_blocks
from coordination.minutes.word import about, bands, house_template, values

LANGUAGES = ("es", "en")
MOST = 4_000_000  # bytes of facts: some 300 pages


class NoPublicPaper(DomainError):
    """Of a closed session nothing is public."""

    default_message = _("This session is casa adentro: its minutes have no public version.")


def has_public(minutes: Minutes) -> bool:
    return not minutes.session.is_casa_adentro


def public_pdf(minutes: Minutes, *, language: str = "") -> bytes:
    """PDF/UA-1 without a word of what is reserved. The same minutes give the same bytes. Raises NoPublicPaper, NotRendered."""
    return _pdf(_public(minutes, language))


def reserved_pdf(minutes: Minutes, *, language: str = "", closed: bool = False) -> bytes:
    """PDF/UA-1 with the reserved sections, and with ``closed`` those of the circle alone. Raises NotRendered."""
    return _pdf(_paper(minutes, language, reserved=True, closed=closed))


def public_docx(minutes: Minutes, *, language: str = "") -> bytes:
    """DOCX in the mesa's template, or in the house's, without a word of what is reserved. Raises NoPublicPaper, NotFilled."""
    return _docx(_public(minutes, language))


def reserved_docx(minutes: Minutes, *, language: str = "", closed: bool = False) -> bytes:
    """DOCX with the reserved sections, and with ``closed`` those of the circle alone. Raises NotFilled."""
    return _docx(_paper(minutes, language, reserved=True, closed=closed))


def fingerprint(minutes: Minutes, *, reserved: bool, closed: bool = False) -> str:
    """SHA-256 of the text as it stands: the session's facts, the version and the sections of that paper, in order.

    The number is not in it: it is given when the minutes are approved, and who signs signs before. Nor is anything
    that comes later: state, observations, signatures. What the public paper lacks does not change the public sum.
    """
    session = minutes.session
    with translation.override(minutes.language):
        told = {
            "session": str(session.public_id),
            "form": minutes.form,
            "language": minutes.language,
            "version": minutes.version,
            "correction": minutes.correction_reason,
            "mesa": session.mesa.name,
            "kind": session.kind,
            "session_number": session.number,
            "topic": session.topic,
            "starts_at": session.starts_at and session.starts_at.astimezone(session.zone).isoformat(),
            "ends_at": session.ends_at and session.ends_at.astimezone(session.zone).isoformat(),
            "place": session.place,
            "sections": [
                [one.title, one.body] for one in kept_sections(minutes, reserved=reserved, closed=closed)
            ],
        }
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def signed_sum(minutes: Minutes) -> str:
    """The sum of the text that goes round and is signed: the public one; of a closed session the circle's."""
    inside = minutes.session.is_casa_adentro
    return fingerprint(minutes, reserved=inside, closed=inside)


def _public(minutes: Minutes, language: str) -> Paper:
    if not has_public(minutes):
        raise NoPublicPaper
    return _paper(minutes, language, reserved=False, closed=False)


def _paper(minutes: Minutes, language: str, *, reserved: bool, closed: bool) -> Paper:
    wanted = language or minutes.language
    inside = minutes.session.is_casa_adentro
    return Paper(
        minutes=minutes,
        language=wanted if wanted in LANGUAGES else LANGUAGES[0],
        sections=tuple(kept_sections(minutes, reserved=reserved, closed=closed)),
        is_reserved=reserved,
        is_of_the_circle=inside or closed,
        sha256=_shown_sum(minutes, reserved=reserved, closed=closed or inside),
        signed_sha256=(minutes.reserved_sha256 if inside else minutes.sha256) or signed_sum(minutes),
    )


def _shown_sum(minutes: Minutes, *, reserved: bool, closed: bool) -> str:
    """Once approved, as it was then: a mesa that takes another name later does not change the paper's sum."""
    whole = closed or not any(section.is_casa_adentro for section in minutes.sections.all())
    kept = minutes.sha256 if not reserved else minutes.reserved_sha256 if whole else ""
    return kept or fingerprint(minutes, reserved=reserved, closed=closed)


def _pdf(paper: Paper) -> bytes:
    told: dict[str, Any] = facts(paper)
    told["sections"] = [set_blocks(section) for section in told["sections"]]
    code = segno.make(told["link"], error="m").svg_inline(border=2) if told["link"] else ""
    return render(f"{paper.language}/minutes", told, pictures={"qr": code} if code else {}, most=MOST)


def _docx(paper: Paper) -> bytes:
    template = own_template(paper.minutes.session.mesa_id) or house_template(paper.language)
    return fill(template, values(paper), about=about(paper), bands=bands(paper))


def own_template(mesa_id: int) -> bytes | None:
    """The mesa's own template, when it has one and its file may go out."""
    own = MinutesTemplate.objects.filter(mesa=mesa_id, retired_at=None).select_related("file").first()
    if own is None or not own.file.may_go_out:
        return None
    with own.file.content.open("rb") as content:
        return bytes(content.read())
