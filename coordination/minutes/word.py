"""The minutes in Word: what a template can name, the template of the house, and what each name says of some minutes.

Every name exists in Spanish and in English, whatever the language of the paper: who writes a template writes in one.
"""

import io
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from docx import Document
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from coordination.common.dates import spoken
from coordination.documents.blocks import Block, Kind, Run
from coordination.documents.docx import About, Band, Problem, Rich, Schema, problems
from coordination.documents.rich import blocks
from coordination.minutes.paper_facts import Paper, facts

INK, ACCENT, SOFT = RGBColor(0x16, 0x21, 0x1F), RGBColor(0x28, 0x47, 0x8F), RGBColor(0x43, 0x51, 0x4E)


@dataclass(frozen=True)
class Variable:
    """What can stand in a template: its Spanish and English name, what it is, and an example. ``fields`` of a list."""

    es: str
    en: str
    meaning: Any
    example: Any
    fields: tuple["Variable", ...] = ()

    @property
    def name(self) -> str:
        """In the language spoken now."""
        return self.named(spoken())

    def named(self, language: str) -> str:
        return self.en if language == "en" else self.es


VARIABLES = (
    Variable("numero", "number", gettext_lazy("The number; empty until the minutes are approved"), "ACTA-FS-2026-003"),
    Variable("titulo", "title", gettext_lazy("What the paper is"), gettext_lazy("Minutes of the III session")),
    Variable("contenido", "content", gettext_lazy("All sections with their titles, numbered, in order"), "…"),
    Variable(
        "secciones",
        "sections",
        gettext_lazy("Instead of the whole content: the sections one by one"),
        "",
        (
            Variable("numero", "number", gettext_lazy("Its place"), "1"),
            Variable("titulo", "title", gettext_lazy("Its title"), gettext_lazy("Attendance and quorum")),
            Variable("texto", "text", gettext_lazy("Its text, with lists and tables"), "…"),
        ),
    ),
    Variable("mesa", "mesa", gettext_lazy("Name of the mesa"), "Mesa Zonal Frontera Sur"),
    Variable("convoca", "convener", gettext_lazy("Who convenes the mesa"), "Ministerio del Ambiente"),
    Variable("sesion", "session", gettext_lazy("Which session it was"), gettext_lazy("III session")),
    Variable("tema", "topic", gettext_lazy("Its topic"), "Agua segura en la frontera"),
    Variable("fecha", "date", gettext_lazy("Day and hours, in words"), "martes 11 de julio de 2017, 09:00 a 13:00, hora de Quito"),
    Variable("lugar", "place", gettext_lazy("Where it met"), "Auditorio de la Gobernación de Loja"),
    Variable("modalidad", "modality", gettext_lazy("In person, online, or both"), gettext_lazy("In person")),
    Variable("version", "version", gettext_lazy("Version of the text"), "1"),
    Variable("correccion", "correction", gettext_lazy("Reason of the correction; empty in the first version"), ""),
    Variable("aprobacion", "approval", gettext_lazy("How and when it was approved"), "Aprobada por silencio el 12 de marzo de 2026."),
    Variable(
        "firmas",
        "signatures",
        gettext_lazy("Who signed, one by one"),
        "",
        (
            Variable("organizacion", "organization", gettext_lazy("The organization"), "Fundación Puente Sur"),
            Variable("nombre", "name", gettext_lazy("Who signed"), "Carmen Loja"),
            Variable("cargo", "post", gettext_lazy("In which post"), "Directora ejecutiva"),
            Variable("fecha", "date", gettext_lazy("When"), "miércoles 4 de marzo de 2026, 10:00, hora de Quito"),
        ),
    ),
    Variable("codigo", "code", gettext_lazy("Verification code"), "K7M2A-9QXT-4HRJW"),
    Variable("enlace", "link", gettext_lazy("Address of the page that verifies it"), "https://…/verificar/K7M2A-9QXT-4HRJW/"),
    Variable("huella", "sha256", gettext_lazy("SHA-256 sum of the text"), "9f86d081884c7d65…"),
)  # fmt: skip
REQUIRED = (("numero", "number"), ("contenido", "content", "secciones.texto", "sections.text"))
SCHEMA: Schema = {
    name: [one for field in variable.fields for one in (field.es, field.en)] or None
    for variable in VARIABLES
    for name in (variable.es, variable.en)
}


def values(paper: Paper) -> dict[str, Any]:
    """What each name says of these minutes, in the language of the paper's frame."""
    told = facts(paper)
    with translation.override(paper.language):
        is_acta = told["form"] == "acta"
        kind = _("Session minutes") if is_acta else _("Aide-mémoire")
        if told["is_numbered"]:
            whole = _("Minutes of the %(session)s") if is_acta else _("Aide-mémoire of the %(session)s")
            kind = whole % {"session": told["session"]}
        sections = [
            {"numero": str(place), "titulo": one["title"], "texto": Rich(one["blocks"])}
            for place, one in enumerate(told["sections"], start=1)
        ]
        said = {
            "numero": told["number"],
            "titulo": kind,
            "contenido": Rich(_whole(sections)),
            "secciones": sections,
            "mesa": told["mesa"],
            "convoca": told["sender"],
            "sesion": told["session"],
            "tema": told["topic"],
            "fecha": told["when"],
            "lugar": ", ".join(told["where"]),
            "modalidad": _modality(told["online"]),
            "version": str(told["version"]),
            "correccion": told["correction"],
            "aprobacion": _approval(told, is_acta=is_acta),
            "firmas": [
                {
                    "organizacion": one["organization"],
                    "nombre": one["name"] or _("Pending"),
                    "cargo": one["title"],
                    "fecha": one["on"],
                }
                for one in told["signatures"]
            ],
            "codigo": told["code"],
            "enlace": told["link"],
            "huella": told["sha256"],
        }
    return both_languages(said)


def about(paper: Paper) -> About:
    """What the file says of itself; of closed minutes only what they are."""
    told = facts(paper)
    with translation.override(paper.language):
        kind = _("Session minutes") if told["form"] == "acta" else _("Aide-mémoire")
    title = kind if told["closed"] else f"{kind}, {told['number'] or told['mesa']}"
    return About(title=title, author=told["sender"], language=paper.language)


def bands(paper: Paper) -> list[Band]:
    """What stands at the head of every page, whatever the template: what it is not yet, and for whom it is."""
    told = facts(paper)
    with translation.override(paper.language):
        found = []
        if told["circle"]:
            found.append(
                Band(
                    _("CASA ADENTRO. For the people of the circle only. Do not copy or forward."), black=True
                )
            )
        elif told["reserved"]:
            found.append(Band(_("Reserved version. It has parts that the public version lacks.")))
        if told["state"] == "draft":
            found.append(Band(_("Draft. This text has not been sent to anybody yet.")))
        elif told["state"] == "circulated" and told["until"]:
            found.append(Band(_("For comment until %(moment)s.") % {"moment": told["until"]}))
        elif told["state"] == "superseded":
            found.append(Band(_("Replaced. There is a later version of this document.")))
    return found


def sample(language: str) -> dict[str, Any]:
    """Minutes of nobody, to try a template with: every name says its example, and there is something in each list."""
    text = Rich(blocks(
        "<p>Uno <strong>dos</strong> <em>tres</em>.</p><ul><li>cuatro<ol><li>cinco</li></ol></li></ul>"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
    ))  # fmt: skip
    with translation.override(language):
        said: dict[str, Any] = {}
        for variable in VARIABLES:
            row = {one.es: text if one.es == "texto" else str(one.example) for one in variable.fields}
            said[variable.es] = [row, row] if row else str(variable.example)
    said["contenido"] = Rich(_whole(said["secciones"]))
    return both_languages(said)


def tried(template: bytes) -> list[Problem]:
    """What stands in the way of a template, found by reading it and by filling it in."""
    told = About(title="", author="")
    return problems(template, sample("es"), schema=SCHEMA, required=REQUIRED, about=told)


def both_languages(said: dict[str, Any]) -> dict[str, Any]:
    """The same facts under their English names too."""
    made = dict(said)
    for variable in VARIABLES:
        value = said[variable.es]
        if variable.fields:
            value = [row | {one.en: row[one.es] for one in variable.fields} for row in value]
        made[variable.es] = made[variable.en] = value
    return made


def _whole(sections: list[dict[str, Any]]) -> list[Block]:
    whole: list[Block] = []
    for one in sections:
        whole.append(Block(Kind.HEADING, (Run(f"{one['numero']}. {one['titulo']}"),), level=2))
        whole += one["texto"].blocks
    return whole


def _modality(modality: str) -> str:
    return {"online": _("Online"), "hybrid": _("In person and online")}.get(modality, _("In person"))


def _approval(told: dict[str, Any], *, is_acta: bool) -> str:
    if told["state"] not in ("approved", "published", "superseded"):
        return ""
    sent = ngettext(
        "Sent on %(sent)s to %(count)s organization.",
        "Sent on %(sent)s to %(count)s organizations.",
        told["copies"],
    ) % {"sent": told["circulated_on"], "count": told["copies"]}
    if told["approval"] == "silence":
        approved = _("Approved by silence on %(day)s.")
    else:
        approved = _("Approved with the signatures on %(day)s.")
    return f"{sent} {approved % {'day': told['approved_on']}}"


def house_template(language: str) -> bytes:
    """The template of the house, to use and to begin one's own with."""
    with translation.override(language):
        return _House(language).made()


class _House:
    """Composed here and kept nowhere: what it names and what there is cannot drift apart."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._document = Document()
        self._by_name = {one.es: one for one in VARIABLES}

    def made(self) -> bytes:
        self._sheet()
        document = self._document
        document.add_paragraph(self._mark("convoca"), style="Subtitle")
        document.add_heading(self._mark("titulo"), level=1)
        for name, label in (
            ("numero", _("Number")), ("mesa", _("Mesa")), ("tema", _("Topic")), ("fecha", _("Date")),
            ("lugar", _("Place")), ("modalidad", _("Modality")), ("correccion", _("Reason of the correction")),
        ):  # fmt: skip
            self._fact(name, label)
        document.add_paragraph(self._mark("contenido"))
        self._if("aprobacion")
        document.add_heading(_("Approval"), level=2)
        document.add_paragraph(self._mark("aprobacion"))
        document.add_paragraph("{% endif %}")
        self._signatures()
        self._if("codigo")
        verify = _("This document is verified at %(link)s with the code %(code)s.")
        document.add_paragraph(verify % {"link": self._mark("enlace"), "code": self._mark("codigo")})
        document.add_paragraph("{% endif %}")
        self._foot()
        core = document.core_properties
        core.title, core.author, core.comments = _("Template of minutes"), "Minga", ""
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    def _mark(self, name: str) -> str:
        return f"{{{{ {self._by_name[name].named(self._language)} }}}}"

    def _if(self, name: str) -> None:
        self._document.add_paragraph(f"{{% if {self._by_name[name].named(self._language)} %}}")

    def _sheet(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(27)
        section.top_margin, section.bottom_margin = Mm(22), Mm(24)
        for name, font, size, colour in (
            ("Normal", "Calibri", 11, INK), ("Heading 1", "Cambria", 20, INK), ("Heading 2", "Cambria", 14, INK),
            ("Heading 3", "Calibri", 11.5, ACCENT), ("Heading 4", "Calibri", 11, INK), ("Subtitle", "Calibri", 12, SOFT),
        ):  # fmt: skip
            style = self._document.styles[name]
            style.font.name, style.font.size, style.font.color.rgb = font, Pt(size), colour
            style.font.italic = False
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in [one for one in fonts.attrib if "Theme" in one]:
                del fonts.attrib[theme]
            for sort in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
                fonts.set(qn(sort), font)
        spoken = "es-EC" if self._language == "es" else "en-GB"
        for node in self._document.styles.element.iter(qn("w:lang")):
            node.set(qn("w:val"), spoken)
        spacing = self._document.styles["Normal"].paragraph_format
        spacing.space_after, spacing.line_spacing, spacing.widow_control = Pt(7), 1.12, True

    def _fact(self, name: str, label: str) -> None:
        self._if(name)
        line = self._document.add_paragraph(f"{label}\t{self._mark(name)}")
        line.paragraph_format.tab_stops.add_tab_stop(Mm(34))
        line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(34), Mm(-34)
        line.paragraph_format.space_after = Pt(2)
        self._document.add_paragraph("{% endif %}")

    def _signatures(self) -> None:
        listed = self._by_name["firmas"]
        row = "firma" if self._language == "es" else "signature"
        named = {field.es: f"{{{{ {row}.{field.named(self._language)} }}}}" for field in listed.fields}
        self._if("firmas")
        self._document.add_heading(_("Signatures"), level=2)
        table = self._document.add_table(rows=4, cols=2, style="Table Grid")
        head, begin, one, end = table.rows
        head._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
        for cell, label in zip(head.cells, (_("Organization"), _("Signature")), strict=True):
            cell.paragraphs[0].add_run(label).bold = True
        begin.cells[0].text = f"{{% for {row} in {listed.named(self._language)} %}}"
        one.cells[0].text = named["organizacion"]
        one.cells[1].text = named["nombre"]
        one.cells[1].add_paragraph(named["cargo"])
        one.cells[1].add_paragraph(named["fecha"])
        end.cells[0].text = "{% endfor %}"
        self._document.add_paragraph("{% endif %}")

    def _foot(self) -> None:
        line = self._document.sections[0].footer.paragraphs[0]
        line.paragraph_format.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
        line.add_run(
            _("%(number)s, version %(version)s")
            % {"number": self._mark("numero"), "version": self._mark("version")}
        )
        page = _("Page %(page)s of %(pages)s") % {"page": "|", "pages": "|"}
        before, between, after = page.split("|")
        line.add_run("\t" + before)
        line._p.append(_field("PAGE"))
        line.add_run(between)
        line._p.append(_field("NUMPAGES"))
        line.add_run(after)
        below = self._document.sections[0].footer.add_paragraph(f"SHA-256 {self._mark('huella')}")
        for run in (*line.runs, *below.runs):
            run.font.size, run.font.color.rgb = Pt(8), SOFT


def _field(name: str) -> Any:
    return parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="{name}"><w:r><w:t>1</w:t></w:r></w:fldSimple>')
