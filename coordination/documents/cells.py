"""Text in the cells of a spreadsheet: never computed, and nothing in it that a workbook cannot hold."""

import re

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Where a cell may begin, and what a cell that is computed begins with.
COMPUTED = re.compile(r"(^|[;,\t\n])(?=[\s\"]*[=+\-@])([\s\"]*)")
NO_XML = "\ufffe\uffff"


def inert(text: str) -> str:
    """Text that no spreadsheet takes for a formula, without signs a workbook cannot hold (OWASP, CSV Injection).

    Also within the text: where numbers have a comma, a semicolon parts cells, and quotation marks hold nothing together.
    """
    kept = "".join(sign for sign in text if sign >= " " and sign not in NO_XML or sign in "\t\n")
    return f"'{kept}" if kept[:1] in ("\t", "\n") else COMPUTED.sub(r"\1'\2", kept)
