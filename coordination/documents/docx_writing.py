"""Blocks as Word writes them: paragraphs, real lists, tables with a head, links. Placed where a marker stands.

Knows neither Django nor this project: it runs in the process that fills. Blocks come as plain dictionaries.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree  # type: ignore[import-untyped]

NS = nsdecls("w", "r")
NUMBERS = f"<w:numbering {NS}/>"
INDENT = 360  # twentieths of a point: a quarter of an inch a level
BULLETS = "•–·"


class Writer:
    """Writes the texts of one document; ``texts`` are the blocks of each marker."""

    def __init__(self, document: Any, texts: dict[str, list[dict[str, Any]]]) -> None:
        self._document = document
        self._texts = texts
        self._marker = re.compile("|".join(map(re.escape, texts)) or "(?!)")
        self._headings = {
            style.name.lower(): style.style_id for style in document.styles if style.name and style.style_id
        }
        self._links: dict[str, str] = {}
        self._bullets = 0
        self._next = 0
        self._numbering: Any = None

    def place(self, root: Any, *, with_links: bool) -> None:
        """Puts each text where its marker stands in this part; what else the paragraph says stays before it."""
        for paragraph in list(root.iter(qn("w:p"))):
            words = "".join(node.text or "" for node in paragraph.iter(qn("w:t")))
            markers = self._marker.findall(words)
            if not markers:
                continue
            base = self._look(paragraph)
            made: list[Any] = []
            for marker in markers:
                made += [*self._blocks(self._texts[marker], base, with_links=with_links)]
            keeps = self._without_markers(paragraph)
            for element in reversed(made):
                paragraph.addnext(element)
            holder = paragraph.getparent()
            if not keeps and (made or holder.tag != qn("w:tc") or len(holder.findall(qn("w:p"))) > 1):
                holder.remove(paragraph)
            if holder.tag == qn("w:tc") and holder[-1].tag != qn("w:p"):
                # A cell ends with a paragraph, or Word calls the file damaged.
                holder.append(parse_xml(f"<w:p {NS}/>"))

    def _without_markers(self, paragraph: Any) -> bool:
        """Takes the markers out; whether something worth keeping is left."""
        nodes = list(paragraph.iter(qn("w:t")))
        words = "".join(node.text or "" for node in nodes)
        left = self._marker.sub("", words)
        for node in nodes:
            node.text = ""
        if nodes:
            nodes[0].text = left
        ends_section = paragraph.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
        draws = next(paragraph.iter(qn("w:drawing"), qn("w:pict"), qn("w:br")), None) is not None
        return bool(left.strip()) or ends_section or draws

    def _look(self, paragraph: Any) -> tuple[str, Any]:
        """How the marker's paragraph and its letters look: the text that takes its place looks the same."""
        properties = copy.deepcopy(paragraph.find(qn("w:pPr")))
        if properties is not None:
            for name in ("w:numPr", "w:sectPr", "w:keepNext", "w:outlineLvl"):
                for node in properties.findall(qn(name)):
                    properties.remove(node)
        run = next((one for one in paragraph.iter(qn("w:r")) if one.find(qn("w:t")) is not None), None)
        letters = copy.deepcopy(run.find(qn("w:rPr"))) if run is not None else None
        return _inner(properties), letters

    def _blocks(
        self, blocks: list[dict[str, Any]], base: tuple[str, Any], *, with_links: bool
    ) -> Iterator[Any]:
        look, letters = base
        for block in blocks:
            kind = block["kind"]
            if kind == "list":
                yield from self._list(block, 0, letters, with_links=with_links)
            elif kind == "table":
                yield self._table(block, letters, with_links=with_links)
                yield parse_xml(f'<w:p {NS}><w:pPr><w:spacing w:before="0" w:after="60"/></w:pPr></w:p>')
            elif kind == "heading":
                yield self._heading(block, letters, with_links=with_links)
            elif kind == "quote":
                properties = '<w:spacing w:before="120" w:after="120"/><w:ind w:left="567" w:right="567"/>'
                yield self._paragraph(properties, block["runs"], letters, with_links=with_links)
            else:
                yield self._paragraph(look, block["runs"], letters, with_links=with_links)

    def _heading(self, block: dict[str, Any], letters: Any, *, with_links: bool) -> Any:
        level = block["level"]
        style = self._headings.get(f"heading {level}")
        if style:
            return self._paragraph(
                f'<w:pStyle w:val="{escape(style)}"/>', block["runs"], None, with_links=with_links
            )
        runs = [run | {"bold": True} for run in block["runs"]]
        properties = (
            f'<w:keepNext/><w:spacing w:before="240" w:after="80"/><w:outlineLvl w:val="{level - 1}"/>'
        )
        return self._paragraph(properties, runs, letters, with_links=with_links)

    def _list(self, block: dict[str, Any], depth: int, letters: Any, *, with_links: bool) -> Iterator[Any]:
        number = self._number(ordered=block["ordered"])
        style = self._headings.get("list paragraph")
        named = f'<w:pStyle w:val="{escape(style)}"/>' if style else ""
        properties = (
            f'{named}<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
            f'<w:spacing w:before="40" w:after="40"/><w:ind w:left="{INDENT * (depth + 1)}" w:hanging="{INDENT}"/>'
        )
        for item in block["items"]:
            yield self._paragraph(properties, item["runs"], letters, with_links=with_links)
            for inner in item["lists"]:
                yield from self._list(inner, depth + 1, letters, with_links=with_links)

    def _table(self, block: dict[str, Any], letters: Any, *, with_links: bool) -> Any:
        edges = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="A6B0AE"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        columns = len(block["rows"][0])
        grid = f'<w:gridCol w:w="{9000 // columns}"/>' * columns
        rows = []
        for index, row in enumerate(block["rows"]):
            names = block["header"] and index == 0
            cells = []
            for cell in row:
                runs = [run | {"bold": True} for run in cell] if names else cell
                shade = '<w:shd w:val="clear" w:color="auto" w:fill="F0F2F1"/>' if names else ""
                words = self._xml(
                    '<w:spacing w:before="30" w:after="30"/>', runs, letters, with_links=with_links
                )
                cells.append(f'<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/>{shade}</w:tcPr>{words}</w:tc>')
            head = (
                "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
                if names
                else "<w:trPr><w:cantSplit/></w:trPr>"
            )
            rows.append(f"<w:tr>{head}{''.join(cells)}</w:tr>")
        return parse_xml(
            f'<w:tbl {NS}><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{edges}</w:tblBorders>'
            f'<w:tblLook w:val="0020" w:firstRow="{int(block["header"])}" w:lastRow="0" w:firstColumn="0" '
            f'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        )

    def _paragraph(
        self, properties: str, runs: list[dict[str, Any]], letters: Any, *, with_links: bool
    ) -> Any:
        return parse_xml(self._xml(properties, runs, letters, with_links=with_links, declared=True))

    def _xml(
        self,
        properties: str,
        runs: list[dict[str, Any]],
        letters: Any,
        *,
        with_links: bool,
        declared: bool = False,
    ) -> str:
        words = "".join(self._run(run, letters, with_links=with_links) for run in runs)
        return f"<w:p{' ' + NS if declared else ''}><w:pPr>{properties}</w:pPr>{words}</w:p>"

    def _run(self, run: dict[str, Any], letters: Any, *, with_links: bool) -> str:
        shown = run["link"] and with_links
        look = _letters(letters, bold=run["bold"], italic=run["italic"], link=bool(shown))
        text = run["text"]
        if run["link"] and not with_links:
            text = f"{text} ({run['link']})"
        lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
        written = f"<w:r>{look}{lines}</w:r>"
        return f'<w:hyperlink r:id="{self._link(run["link"])}">{written}</w:hyperlink>' if shown else written

    def _link(self, address: str) -> str:
        if address not in self._links:
            relate = self._document.part.relate_to
            self._links[address] = relate(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        return self._links[address]

    def _number(self, *, ordered: bool) -> int:
        """A numbering of its own for every ordered list, so that each begins with 1; one for all bullets."""
        if not ordered and self._bullets:
            return self._bullets
        numbering = self._numbers()
        abstract, number = self._next, self._next + 1
        self._next += 2
        levels = "".join(_level(level, ordered=ordered) for level in range(3))
        kept = numbering.findall(qn("w:abstractNum"))
        made = parse_xml(f'<w:abstractNum {NS} w:abstractNumId="{abstract}">{levels}</w:abstractNum>')
        # All definitions stand before all numberings.
        if kept:
            kept[-1].addnext(made)
        else:
            numbering.insert(0, made)
        numbering.append(parse_xml(
            f'<w:num {NS} w:numId="{number}"><w:abstractNumId w:val="{abstract}"/></w:num>'
        ))  # fmt: skip
        self._bullets = self._bullets or (0 if ordered else number)
        return number

    def _numbers(self) -> Any:
        if self._numbering is None:
            part = self._document.part
            found = [
                one.target_part for one in part.rels.values() if one.reltype == RELATIONSHIP_TYPE.NUMBERING
            ]
            if not found:
                place = PackURI("/word/numbering.xml")
                made = XmlPart(place, CONTENT_TYPE.WML_NUMBERING, parse_xml(NUMBERS), part.package)
                part.relate_to(made, RELATIONSHIP_TYPE.NUMBERING)
                found = [made]
            self._numbering = found[0].element
            taken = [
                int(node.get(name) or 0)
                for tag, name in (("w:abstractNum", qn("w:abstractNumId")), ("w:num", qn("w:numId")))
                for node in self._numbering.findall(qn(tag))
            ]
            self._next = max(taken, default=0) + 1
        return self._numbering


def band(text: str, *, black: bool) -> Any:
    """A paragraph across the sheet: black with white letters for what is casa adentro, else framed."""
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="6" w:space="4" w:color="16211F"/>'
        for side in ("top", "left", "bottom", "right")
    )
    ground = '<w:shd w:val="clear" w:color="auto" w:fill="16211F"/>' if black else ""
    colour = '<w:color w:val="FFFFFF"/>' if black else ""
    return parse_xml(
        f'<w:p {NS}><w:pPr><w:pBdr>{edges}</w:pBdr>{ground}<w:spacing w:before="60" w:after="120"/></w:pPr>'
        f'<w:r><w:rPr><w:b/>{colour}<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )


def _level(level: int, *, ordered: bool) -> str:
    kind = ("decimal", "lowerLetter", "lowerRoman")[level] if ordered else "bullet"
    text = f"%{level + 1}." if ordered else BULLETS[level]
    indent = f'<w:ind w:left="{INDENT * (level + 1)}" w:hanging="{INDENT}"/>'
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/>'
        f'<w:lvlJc w:val="left"/><w:pPr>{indent}</w:pPr></w:lvl>'
    )


def _letters(base: Any, *, bold: bool, italic: bool, link: bool) -> str:
    """The marker's letters, and bold, slanted or a link's where the text is; in the order that Word asks for."""
    before, after = "", ""
    for node in base if base is not None else ():
        if node.tag in (qn("w:b"), qn("w:i"), qn("w:bCs"), qn("w:iCs")):
            continue
        if link and node.tag in (qn("w:color"), qn("w:u")):
            continue
        if node.tag in (qn("w:rStyle"), qn("w:rFonts")):
            before += _text(node)
        else:
            after += _text(node)
    own = "<w:b/>" * bold + "<w:i/>" * italic
    # Colour comes before the size, the line under it after; sizes of the marker's stand in between.
    shown = ('<w:color w:val="28478F"/>', '<w:u w:val="single"/>') if link else ("", "")
    return f"<w:rPr>{before}{own}{shown[0]}{after}{shown[1]}</w:rPr>"


def _inner(node: Any) -> str:
    return "" if node is None else "".join(_text(child) for child in node)


def _text(node: Any) -> str:
    """An element as text that can stand in another document of the same names; it declares its own."""
    return str(etree.tostring(node, encoding="unicode", with_tail=False))
