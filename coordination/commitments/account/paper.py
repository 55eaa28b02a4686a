"""A follow-up report as a paper: PDF/UA-1, and a Word document that can be worked on."""

import io
from dataclasses import replace
from typing import Any

import segno
from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from accounts.actor import ANONYMOUS
from coordination.commitments.account import words
from coordination.commitments.account.data import absolute, address, data
from coordination.commitments.account.parts import Account, Figure, Listing, Part
from coordination.documents.blocks import Block, Item, Kind, Run, Runs
from coordination.documents.docx import About, Band, Rich, fill
from coordination.documents.typst import render
from coordination.organizations.models import Organization

MOST = 4_000_000  # bytes of facts
BY_NAME = ("verifiers", "supports")  # tables whose lines are organizations
INK, SOFT, ACCENT = RGBColor(0x16, 0x21, 0x1F), RGBColor(0x43, 0x51, 0x4E), RGBColor(0x28, 0x47, 0x8F)


def as_pdf(account: Account) -> bytes:
    """Tagged, with title and language; every number is a link. Raises NotRendered."""
    link, account = address(account), _spelled_out(account)
    with translation.override(account.scope.language):
        told = data(account) | {
            "sender": "Minga",
            "labels": account.heads | _labels(account),
            "notes": notes(account),
            "demo": settings.DEMO,
        }
    code = segno.make(link, error="m").svg_inline(border=2)
    return render("account", told, pictures={"qr": code}, most=MOST)


def as_docx(account: Account) -> bytes:
    """Headings, tables and links of Word. Raises NotFilled."""
    account = _spelled_out(account)
    with translation.override(account.scope.language):
        told = {"titulo": account.title, "contenido": Rich(list(_blocks(account)))}
        about = About(title=account.title, author="Minga", language=account.scope.language)
        bands = [Band(text, black=account.has_closed) for text in notes(account)]
        return fill(_template(account.scope.language), told, about=about, bands=bands)


def notes(account: Account) -> list[str]:
    """What stands at the head: for whom it is, when that is not everybody."""
    if account.has_closed:
        return [_("CASA ADENTRO. It counts commitments of closed sessions. Do not copy or forward.")]
    if account.scope.full:
        return [_("For whoever asked for it: it may count what is not public.")]
    return []


def _spelled_out(account: Account) -> Account:
    """With what the acronyms on this paper stand for: it is read where no link opens. One query.

    Only organizations that everybody sees. What several call themselves is left alone: the paper knows no more than the
    acronym, and any of them may write its own.
    """
    said = {
        each for listing in account.listings for row in listing.rows for each in row.responsible.split("; ")
    }
    said |= {line.label for table in account.tables if table.key in BY_NAME for line in table.lines}
    with translation.override(account.scope.language):
        found = Organization.objects.visible_to(ANONYMOUS).filter(
            Q(acronym_es__in=said) | Q(acronym_en__in=said)
        )
        names: dict[str, list[str]] = {}
        for one in found:
            names.setdefault(one.acronym, []).append(one.name)
        meant = sorted((short, *its) for short, its in names.items() if short in said and len(its) == 1)
        if not meant:
            return account
        told = "; ".join(f"{short}, {name}" for short, name in meant)
        return replace(account, definitions=(*account.definitions, (_("Acronyms"), f"{told}.")))


def _labels(account: Account) -> dict[str, Any]:
    return {
        "again": _("This address gives the same report again, with the figures of the day it is opened:"),
        "qr": _("QR code of the address of this report"),
        "foot": words.foot(account.made_at),
        "page": _("Page %(page)s of %(pages)s"),
        "demo": _("Fictitious people."),
        "nowhere": words.nowhere(),
        "nothing": _("There is nothing to count with these filters."),
        "region": "EC" if account.scope.language == "es" else None,
    }


def _blocks(account: Account) -> Any:
    yield _table([(_bold(name), (Run(value),)) for name, value in account.facts])
    yield _heading(account.heads["summary"])
    said = [
        _number(part.figure) if part.figure else Run(part.text)
        for sentence in account.sentences
        for part in (*sentence, Part(" "))
    ]
    yield Block(Kind.PARAGRAPH, tuple(said[:-1]))
    for table in account.tables:
        yield _heading(table.title)
        yield _text(table.meaning)
        rows = [tuple((Run(name),) for name in table.columns)]
        rows += [((Run(line.label),), *((_number(one),) for one in line.figures)) for line in table.lines]
        yield _table(rows, header=True)
        if table.key == "supports" and account.sums:
            yield Block(Kind.LIST, items=tuple(Item((Run(text),)) for text in account.sums))
    for listing in account.listings:
        yield from _listing(listing, account.heads)
    yield _heading(account.heads["definitions"])
    terms = tuple(Item((Run(f"{term}. ", bold=True), Run(meaning))) for term, meaning in account.definitions)
    yield Block(Kind.LIST, items=terms)
    yield _text(_("This address gives the same report again, with the figures of the day it is opened:"))
    link = address(account)
    yield Block(Kind.PARAGRAPH, (Run(link, link=link),))


def _listing(listing: Listing, heads: dict[str, str]) -> Any:
    yield _heading(f"{listing.title} ({listing.figure.count})")
    yield _text(listing.meaning)
    rows: list[tuple[Runs, ...]] = [
        tuple((Run(heads[name]),) for name in ("code", "what", "who", "due", "told"))
    ]
    for row in listing.rows:
        told = "\n".join(f"{what}: {said}" for what, said in row.reasons)
        due = row.due_words + (f"\n{row.days_words}" if row.days else "")
        who = Run(row.responsible or words.nowhere())
        code = Run(row.code, link=absolute(row.address))
        rows.append(((code,), (Run(row.statement),), (who,), (Run(due),), (Run(told),)))
    yield _table(rows, header=True)
    if listing.more:
        yield Block(Kind.PARAGRAPH, (Run(listing.more_words, link=absolute(listing.figure.address)),))


def _number(one: Figure) -> Run:
    return Run(str(one.count), link=absolute(one.address) if one.count else "")


def _bold(text: str) -> Runs:
    return (Run(text, bold=True),)


def _heading(text: str) -> Block:
    return Block(Kind.HEADING, (Run(text),), level=2)


def _text(text: str) -> Block:
    return Block(Kind.PARAGRAPH, (Run(text),))


def _table(rows: Any, *, header: bool = False) -> Block:
    return Block(Kind.TABLE, rows=tuple(rows), header=header)


def _template(language: str) -> bytes:
    """The house's sheet with a place for the title and one for the text."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.top_margin, section.bottom_margin = Mm(20), Mm(22)
    for name, font, size, colour in (
        ("Normal", "Calibri", 10.5, INK), ("Heading 1", "Cambria", 20, INK), ("Heading 2", "Cambria", 13, INK),
        ("Heading 3", "Calibri", 11, ACCENT),
    ):  # fmt: skip
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = font, Pt(size), colour
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in [one for one in fonts.attrib if "Theme" in one]:
            del fonts.attrib[theme]
        for sort in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(sort), font)
    for node in document.styles.element.iter(qn("w:lang")):
        node.set(qn("w:val"), "es-EC" if language == "es" else "en-GB")
    spacing = document.styles["Normal"].paragraph_format
    spacing.space_after, spacing.line_spacing, spacing.widow_control = Pt(6), 1.1, True
    document.add_heading("{{ titulo }}", level=1)
    document.add_paragraph("{{ contenido }}")
    _foot(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _foot(document: Any) -> None:
    line = document.sections[0].footer.paragraphs[0]
    line.paragraph_format.tab_stops.add_tab_stop(Mm(166), WD_TAB_ALIGNMENT.RIGHT)
    before, between, after = (_("Page %(page)s of %(pages)s") % {"page": "|", "pages": "|"}).split("|")
    line.add_run(f"Minga\t{before}")
    for text, name in ((between, "PAGE"), (after, "NUMPAGES")):
        line._p.append(
            parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="{name}"><w:r><w:t>1</w:t></w:r></w:fldSimple>')
        )
        line.add_run(text)
    for run in line.runs:
        run.font.size, run.font.color.rgb = Pt(8), SOFT
