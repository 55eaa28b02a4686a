"""Text in the cells of a spreadsheet: never computed, and nothing in it that a workbook cannot hold."""

import re

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Where a cell may begin, and what a cell that is computed begins with.
COMPUTED = re.compile(r"(^|[;,\t\n])((?:[^\S\t\n]|\")*)(?=[=+\-@])")
BEGINS = frozenset("=+-@")
# Signs that a workbook cannot hold; a tab and the end of a line it can.
UNHELD = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula, without signs a workbook cannot hold (OWASP, CSV Injection).

    Also within the text: where numbers have a comma, a semicolon parts cells, and quotation marks hold nothing together.
    """
    kept = UNHELD.sub("", text)
    # Most cells have none of the four, and a file has a hundred thousand cells.
    if BEGINS.intersection(kept):
        kept = COMPUTED.sub(r"\1'\2", kept)
    return f"'{kept}" if kept[:1] in ("\t", "\n") else kept
