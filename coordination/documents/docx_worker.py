"""Fills a Word template in a process of its own, which may use so much time and memory and then ends.

A template that was uploaded is hostile: it may say anything in any part of it. Here it can only place what it is
given (``Bounded`` reads every mark that would run and refuses all but three), nothing of the project's secrets is
near (no environment, no database), and whoever waits outside stops waiting. One job on the input, one answer on the
output, both JSON.
"""

import base64
import io
import json
import re
import resource
import secrets
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from coordination.documents.docx_tags import Problem, Scan, as_dicts, text_of
from coordination.documents.docx_writing import Writer, band

SECONDS = 12
MEMORY = 1024 * 1024 * 1024
UNPACKED = 60 * 1024 * 1024
MOST_OUT = 40 * 1024 * 1024
ALONE = re.compile(r"\s*\{%-?\s*((?:for|if|elif)\b[^%{}]*|else|endfor|endif)\s*-?%\}\s*")
# All that a field may do: count, number, point within the document, open an address when it is clicked.
FIELDS = {
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "TOC", "REF", "PAGEREF", "NOTEREF", "STYLEREF", "SEQ", "HYPERLINK",
    "DATE", "TIME", "TITLE", "AUTHOR", "SUBJECT", "FILENAME", "NUMCHARS", "NUMWORDS", "CREATEDATE", "SAVEDATE", "PRINTDATE",
    "SYMBOL", "=", "TC", "XE",
}  # fmt: skip
EMBEDDED = {qn("w:altChunk"), qn("w:object"), qn("w:control"), qn("w:subDoc"), qn("w:movie")}
VML = "{urn:schemas-microsoft-com:vml}"
BEFORE_XML = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"  # marks of an encoding, and nothing
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.For, nodes.If, nodes.Not,
    nodes.And, nodes.Or, nodes.Filter,
)  # fmt: skip


class Refused(Exception):
    """The template says what no template may say."""


class Bounded(ImmutableSandboxedEnvironment):
    """Every source is read before it runs: names, one loop at a time over what is given, choices. Nothing is called."""

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined)
        self.globals.clear()
        self.tests.clear()
        self.filters = {"upper": str.upper, "lower": str.lower, "title": str.title}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        waiting: list[tuple[nodes.Node, bool]] = [(tree, False)]
        while waiting:
            node, in_loop = waiting.pop()
            if not isinstance(node, ALLOWED) or (
                isinstance(node, nodes.Filter) and (node.args or node.kwargs)
            ):
                raise Refused
            if isinstance(node, nodes.Name) and node.name in ("self", "super", "caller", "varargs", "kwargs"):
                raise Refused
            if isinstance(node, nodes.For):
                plain = isinstance(node.iter, nodes.Name) and isinstance(node.target, nodes.Name)
                if in_loop or not plain or node.recursive or node.test or node.else_:
                    raise Refused
                in_loop = True
            waiting += [(child, in_loop) for child in node.iter_child_nodes()]
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False  # what is given are dictionaries, and their names are items

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def main() -> None:
    _bound()
    job = json.load(sys.stdin)
    try:
        answer = _done(job)
    except (Refused, TemplateError):
        answer = {"problems": as_dicts([Problem("not_allowed_somewhere")])}
    except (MemoryError, RecursionError):
        answer = {"problems": as_dicts([Problem("too_much")])}
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        OSError,
    ):
        answer = {"problems": as_dicts([Problem("damaged")])}
    json.dump(answer, sys.stdout)


def _bound() -> None:
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue  # a system that does not know this limit; whoever waits outside still stops waiting


def _done(job: dict[str, Any]) -> dict[str, Any]:
    template = base64.b64decode(job["template"])
    problems = of_the_package(template)
    if not problems and job.get("schema"):
        problems = of_the_marks(template, job["schema"], job["required"])
    if problems:
        return {"problems": as_dicts(problems)}
    made = _filled(template, job)
    # Once more: a choice may have left out the first word of a field, and with it what the field looked like.
    if problems := of_the_package(made):
        return {"problems": as_dicts(problems)}
    if len(made) > MOST_OUT:
        return {"problems": as_dicts([Problem("too_much")])}
    return {"problems": [], "docx": base64.b64encode(made).decode()}


def of_the_package(template: bytes) -> list[Problem]:
    """What the document would fetch, run or carry."""
    with zipfile.ZipFile(io.BytesIO(template)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED:
            return [Problem("too_much")]
        for entry in archive.infolist():
            name = entry.filename.lower()
            if "vbaproject" in name or "/embeddings/" in name or "/activex/" in name:
                return [Problem("embedded", entry.filename)]
            content = archive.read(entry)
            # Any part may bear any name: what it is says the list of contents, and what it begins with.
            if not name.endswith((".xml", ".rels")) and content.lstrip(BEFORE_XML)[:1] != b"<":
                continue
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
                return [Problem("embedded", entry.filename)]
            root = parse_xml(content)
            for link in root.iter(RELATIONSHIP):
                outside = link.get("TargetMode") == "External"
                if outside and not (link.get("Type") or "").endswith("/hyperlink"):
                    return [Problem("fetches", link.get("Target") or "")]
            for node in root.iter():
                if node.tag in EMBEDDED:
                    return [Problem("embedded", entry.filename)]
                if elsewhere := _elsewhere(node):
                    return [Problem("fetches", elsewhere)]
            for field in _fields(root):
                first = (field.split() or [""])[0].upper()
                if first and not first.startswith("=") and first not in FIELDS:
                    return [Problem("field", field.strip()[:60])]
    return []


def _elsewhere(node: Any) -> str:
    """Where a picture says that it lies, other than in the document."""
    if not isinstance(node.tag, str):
        return ""
    if linked := node.get(qn("r:link")) or node.get(qn("r:href")):
        return str(linked)
    return node.get("src") or "" if node.tag.startswith(VML) else ""


def _fields(root: Any) -> Iterator[str]:
    """What each field says. Pieces of one field may stand in many runs; a field inside another is read by itself."""
    for simple in root.iter(qn("w:fldSimple")):
        yield simple.get(qn("w:instr")) or ""
    open_fields: list[str] = []
    for node in root.iter(qn("w:fldChar"), qn("w:instrText")):
        if node.tag == qn("w:instrText"):
            if open_fields:
                open_fields[-1] += node.text or ""
            else:
                yield node.text or ""
        elif node.get(qn("w:fldCharType")) == "begin":
            open_fields.append("")
        elif open_fields and node.get(qn("w:fldCharType")) == "end":
            yield open_fields.pop()
    yield from open_fields


def of_the_marks(template: bytes, schema: dict[str, Any], required: list[list[str]]) -> list[Problem]:
    """What is wrong with the marks in its text, and which names it must place and does not."""
    document = Document(io.BytesIO(template))
    scan = Scan(schema)
    for part in _parts(document):
        scan.read(part)
    if not scan.problems:
        scan.problems += [
            Problem("missing", f"{{{{ {names[0]} }}}}") for names in required if not scan.used & set(names)
        ]
    return scan.problems


def _parts(document: Any) -> list[Any]:
    """Body, heads and feet, each once."""
    return [document.element.body, *(part.element for part in _heads_and_feet(document))]


def _heads_and_feet(document: Any) -> list[Any]:
    rels = document.part.rels.values()
    return [
        one.target_part
        for one in rels
        if not one.is_external and one.reltype.endswith(("/header", "/footer"))
    ]


def _filled(template: bytes, job: dict[str, Any]) -> bytes:
    texts: dict[str, list[dict[str, Any]]] = {}
    values = _marked(job["values"], texts, secrets.token_hex(8))
    paper = DocxTemplate(io.BytesIO(_prepared(template)))
    paper.render(values, jinja_env=Bounded(), autoescape=True)
    once = io.BytesIO()
    paper.docx.save(once)
    # Read again: what the filling wrote is one text by now, whatever the template made of it.
    document = Document(io.BytesIO(once.getvalue()))
    writer = Writer(document, texts)
    writer.place(document.element.body, with_links=True)
    for part in _heads_and_feet(document):
        writer.place(part.element, with_links=False)
    _banded(document, job["bands"])
    _without_picture(document)
    about = document.core_properties
    about.title, about.author, about.language = job["title"], job["author"], job["language"]
    about.subject = about.comments = about.keywords = about.category = about.last_modified_by = ""
    about.created = about.modified = datetime(2000, 1, 1, tzinfo=UTC)  # the same facts give the same bytes
    about.revision = 1
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _without_picture(document: Any) -> None:
    """The small picture of the first page that Word keeps: it shows another paper's."""
    rels = document.part.package.rels
    for name in [name for name, one in rels.items() if one.reltype.endswith("/thumbnail")]:
        del rels[name]


def _marked(values: dict[str, Any], texts: dict[str, list[dict[str, Any]]], word: str) -> dict[str, Any]:
    """The values with a marker for every rich text: its blocks are placed when the template has done its part."""
    made: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            marker = f"@{word}.{len(texts)}@"
            texts[marker] = value["blocks"]
            made[name] = marker
        elif isinstance(value, list):
            made[name] = [_marked(one, texts, word) for one in value]
        else:
            made[name] = value
    return made


def _prepared(template: bytes) -> bytes:
    """A mark alone in its paragraph, or in its row, takes the paragraph or the row away with it: nobody has to know how
    the library wants that said."""
    document = Document(io.BytesIO(template))
    for part in _parts(document):
        for row in list(part.iter(qn("w:tr"))):
            said = "".join(node.text or "" for node in row.iter(qn("w:t")))
            if found := ALONE.fullmatch(said):
                _say(row, f"{{%tr {found.group(1).strip()} %}}")
        for paragraph in list(part.iter(qn("w:p"))):
            if found := ALONE.fullmatch(text_of(paragraph)):
                _say(paragraph, f"{{%p {found.group(1).strip()} %}}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _say(element: Any, text: str) -> None:
    nodes_of_text = list(element.iter(qn("w:t")))
    for node in nodes_of_text:
        node.text = ""
    nodes_of_text[0].text = text


def _banded(document: Any, bands: list[dict[str, Any]]) -> None:
    """On every page, in each head that the document has or gets: no template can leave it out."""
    for index, section in enumerate(document.sections):
        heads = [section.header]
        if section.different_first_page_header_footer:
            heads.append(section.first_page_header)
        if document.settings.odd_and_even_pages_header_footer:
            heads.append(section.even_page_header)
        for head in heads:
            if index and head.is_linked_to_previous:
                continue
            head.is_linked_to_previous = False
            for one in reversed(bands):
                head._element.insert(0, band(one["text"], black=one["black"]))


if __name__ == "__main__":
    main()
