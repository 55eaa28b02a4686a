"""Joins the style sheets into static/css/minga.css: one request, and of Bootstrap only what the pages use."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

# Of Bootstrap every rule of elements stays, and a rule of classes when its first class is named here.
KEPT_CLASSES = (
    "btn", "btn-sm", "btn-lg", "btn-primary", "form-control", "form-control-sm", "form-control-lg", "form-select",
    "form-select-sm", "form-check-input", "visually-hidden", "visually-hidden-focusable", "text-decoration-none",
    "text-end", "text-center", "text-nowrap", "text-break", "d-none", "d-block", "d-inline", "d-inline-block",
    "d-flex", "d-grid", "flex-wrap", "flex-column", "flex-grow-1", "align-items-center", "align-items-start",
    "align-items-baseline", "justify-content-between", "border-0", "w-100", "fs-2", "fs-4", "fs-5", "fs-6",
    "fw-normal", "float-none",
)  # fmt: skip
KEPT_SPACES = re.compile(r"^(m|mt|mb|my|ms|me|mx|p|pt|pb|py|px|gap)-([0-5]|auto)$")
FIRST_CLASS = re.compile(r"^\.([\w-]+)")
# Colours and variables of parts that are not here: our tokens say them.
DROPPED_VARIABLES = re.compile(
    r"--bs-(blue|indigo|purple|pink|red|orange|yellow|green|teal|cyan|black|white|gray[\w-]*|info[\w-]*|light[\w-]*"
    r"|dark[\w-]*|[\w]+-rgb|gradient|highlight-[\w-]+|border-radius-(xl|xxl|2xl|pill)|focus-ring-[\w-]+):[^;}]*;?"
)
LAYERS = "@layer bootstrap, tokens, minga;"


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Head and body of each rule on the top level; a statement without a body has an empty one."""
    at = 0
    while at < len(css):
        opening, semicolon = css.find("{", at), css.find(";", at)
        if semicolon != -1 and (opening == -1 or semicolon < opening):
            yield css[at:semicolon].strip(), ""
            at = semicolon + 1
            continue
        if opening == -1:
            return
        depth, end = 1, opening + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield css[at:opening].strip(), css[opening + 1 : end - 1]
        at = end


def is_kept(selector: str) -> bool:
    if match := FIRST_CLASS.match(selector):
        return match[1] in KEPT_CLASSES or bool(KEPT_SPACES.match(match[1]))
    return not selector.startswith("#")


def trim(css: str) -> str:
    """Bootstrap's rules without those no page uses. Selectors are split at commas outside brackets."""
    kept = []
    for head, body in rules(css):
        if head.startswith("@media") or head.startswith("@supports"):
            if inner := trim(body):
                kept.append(f"{head}{{{inner}}}")
        elif not head.startswith("@"):
            selectors = [part for part in re.split(r",(?![^()]*\))", head) if is_kept(part)]
            body = DROPPED_VARIABLES.sub("", body)
            if selectors and body:
                kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def squeeze(css: str) -> str:
    """Comments and the white space nobody needs go; what stands inside quotes is short enough to be safe."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};])\s*", r"\1", css).replace(";}", "}").strip()


def joined(folder: Path) -> str:
    """The whole sheet. Bootstrap's licence notice stays on top of its part."""
    bootstrap = (folder / "vendor" / "bootstrap.min.css").read_text(encoding="utf-8")
    notice = re.search(r"/\*!.*?\*/", bootstrap, flags=re.DOTALL)
    body = trim(re.sub(r"/\*.*?\*/", "", bootstrap.removeprefix('@charset "UTF-8";'), flags=re.DOTALL))
    ours = [squeeze((folder / name).read_text(encoding="utf-8")) for name in ("tokens.css", "components.css")]
    parts = [
        "/* Made by: manage.py join_css */",
        LAYERS,
        notice[0] if notice else "",
        f"@layer bootstrap{{{body}}}",
    ]
    return "\n".join([*parts, *ours, ""])


class Command(BaseCommand):
    help = "Writes static/css/minga.css from vendor/bootstrap.min.css, tokens.css and components.css."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "static" / "css"
        sheet = joined(folder)
        (folder / "minga.css").write_text(sheet, encoding="utf-8")
        self.stdout.write(f"minga.css: {len(sheet.encode()):,} bytes")
