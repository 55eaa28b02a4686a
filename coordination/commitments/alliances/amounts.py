"""Amounts of money in words, in the language spoken now."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import ngettext

from coordination.common.dates import NBSP, spoken


def figure(amount: Decimal) -> str:
    """1.250.000,50 in Spanish, 1,250,000.50 in English; without cents that are none."""
    text = f"{amount:,.2f}".removesuffix(".00")
    return text if spoken() == "en" else text.translate(str.maketrans(",.", ".,"))


def sums(money: Mapping[str, tuple[int, Decimal]], bare: int) -> tuple[str, ...]:
    """Per currency, among those that name an amount; and how many name none."""
    found = [
        ngettext(
            "%(amount)s %(currency)s, in %(n)s entry with an amount.",
            "%(amount)s %(currency)s, in %(n)s entries with an amount.",
            n,
        )
        % {"amount": figure(amount), "currency": currency, "n": n}
        for currency, (n, amount) in money.items()
    ]
    if bare:
        text = ngettext(
            "%(n)s entry names no amount: not on record.",
            "%(n)s entries name no amount: not on record.",
            bare,
        )
        found.append(text % {"n": bare})
    return tuple(text.replace(" ", NBSP, 1) if text[0].isdigit() else text for text in found)
