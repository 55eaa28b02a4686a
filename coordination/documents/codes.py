"""Codes on papers: one to look a paper up by, a short one for a line of a printed sheet.

Both leave out what an eye or a keyboard mistakes: of each pair that looks alike one sign is used and the other read
as it. A check sign at the end finds any single wrong sign and any two that changed places: the number of signs is
prime, so every place has a weight of its own (the construction of ISBN-10, ISO 2108).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SIGNS = "0123456789ACDEFHJKMNPQRTUVWXY"  # 29; without I L O, nor S B Z G beside 5 8 2 6
ROW_SIGNS = "23456789ACDEFHJKMNPRTXY"  # 23; neither 0 nor 1 at all, nor U beside V
LOOKS_LIKE = str.maketrans("OILSBZG", "0115826")
LENGTH = 14  # 13 signs of chance are 63 bits
ROW_LENGTH = 4


@dataclass(frozen=True)
class Verified:
    """What the verification page says of a paper: how it stands, and pairs of a word and what the paper says.

    ``state`` is green for a paper in force, red for one withdrawn, amber for one that another replaced. ``facts`` is
    empty where the paper is of something closed: then ``text`` says no more than that the code is ours and of when.
    """

    title: Any
    text: Any
    state: str = "green"
    facts: Sequence[tuple[Any, Any]] = ()
    link: str = ""
    link_text: Any = ""
    # SHA-256 of the file that is stored: the page compares it with one that its reader has.
    file_sum: str = ""


def new_code() -> str:
    """A code nobody guesses, as the paper shows it and as it is stored: K7M2A-9QXT-4HRJW, 16 signs with its dashes."""
    signs = "".join(secrets.choice(SIGNS) for _sign in range(LENGTH - 1))
    return _grouped(signs + _check(signs, SIGNS))


def read_code(text: str) -> str:
    """The code somebody typed, scanned or pasted, as it is stored; empty when no code of ours reads like this."""
    if len(text) > 100:
        return ""
    signs = "".join(sign for sign in text if sign.isalnum()).upper().translate(LOOKS_LIKE)
    return _grouped(signs) if len(signs) == LENGTH and _holds(signs, SIGNS) else ""


def row_code() -> str:
    """The code of a line of a sheet: 7H3K. One of 12,167: whoever stores it sees to it that a sheet has it once."""
    signs = "".join(secrets.choice(ROW_SIGNS) for _sign in range(ROW_LENGTH - 1))
    return signs + _check(signs, ROW_SIGNS)


def read_row_code(text: str) -> str:
    """The line's code as it is stored; empty when the sheet cannot have printed it."""
    signs = text.strip().upper().translate(LOOKS_LIKE)
    return signs if len(signs) == ROW_LENGTH and _holds(signs, ROW_SIGNS) else ""


def _check(signs: str, alphabet: str) -> str:
    weighed = sum(place * alphabet.index(sign) for place, sign in enumerate(signs, start=1))
    return alphabet[weighed % len(alphabet)]


def _holds(signs: str, alphabet: str) -> bool:
    return all(sign in alphabet for sign in signs) and _check(signs[:-1], alphabet) == signs[-1]


def _grouped(signs: str) -> str:
    return f"{signs[:5]}-{signs[5:9]}-{signs[9:]}"
