"""A follow-up report as plain data: what the JSON file holds, and what the paper is set from."""

from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from coordination.commitments.account.parts import Account, Figure, Table
from coordination.commitments.account.rows import Row

SCHEMA = "minga.follow-up-report/1"


def data(account: Account) -> dict[str, Any]:
    """Everything the report says, every number with the address of its rows and their codes as far as they were read."""
    scope = account.scope
    with translation.override(scope.language):
        return {
            "schema": SCHEMA,
            "language": scope.language,
            "title": account.title,
            "address": address(account),
            "made_at": account.made_at.isoformat(),
            "asked": scope.asked(),
            "about": [{"name": name, "value": value} for name, value in account.facts],
            "contains_casa_adentro": account.has_closed,
            "seen_by": "reader" if scope.full else "anyone",
            "summary": account.paragraph,
            "sentences": [
                [{"text": part.text} | ({"figure": _figure(part.figure)} if part.figure else {}) for part in sentence]
                for sentence in account.sentences
            ],
            "total": _figure(account.total),
            "tables": [_table(table) for table in account.tables],
            "amounts": list(account.sums),
            "lists": [
                {
                    "key": one.key, "title": one.title, "meaning": one.meaning, "figure": _figure(one.figure),
                    "more": one.more, "rows": [_row(row) for row in one.rows],
                }
                for one in account.listings
            ],
            "definitions": [{"term": term, "meaning": meaning} for term, meaning in account.definitions],
        }  # fmt: skip


def address(account: Account) -> str:
    """The page that gives the same report again, with the days written out."""
    with translation.override(account.scope.language):
        return absolute(f"{reverse('commitments:account')}?{account.scope.query()}".removesuffix("?"))


def absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "count": figure.count,
        "rows": absolute(figure.address),
        "codes": list(figure.codes),
        "more": figure.more,
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "meaning": table.meaning,
        "columns": list(table.columns),
        "lines": [
            {"label": line.label, "figures": [_figure(figure) for figure in line.figures]}
            for line in table.lines
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "address": absolute(row.address),
        "statement": row.statement,
        "mesa": row.mesa,
        "responsible": row.responsible,
        "verifier": row.verifier,
        "settled_by": row.settled_by,
        "state": row.state,
        "agreed_on": _iso(row.begun_on),
        "due_on": _iso(row.due_on),
        "original_due_on": _iso(row.original_due_on),
        "settled_on": _iso(row.settled_on),
        "days": row.days,
        "casa_adentro": row.is_closed,
        "told": [{"what": what, "words": said} for what, said in row.reasons],
        "due_words": row.due_words,
        "days_words": row.days_words,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
