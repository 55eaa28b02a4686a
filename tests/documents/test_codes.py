"""Codes of papers: read back whatever hand typed them, and no wrong sign passes."""

from itertools import combinations

import pytest

from coordination.documents.codes import (
    LOOKS_LIKE,
    ROW_SIGNS,
    SIGNS,
    new_code,
    read_code,
    read_row_code,
    row_code,
)


def test_a_code_fits_its_column_and_is_read_back_however_it_is_typed() -> None:
    for _time in range(200):
        code = new_code()
        assert len(code) == 16
        assert read_code(code) == code
        assert read_code(f" {code.lower().replace('-', ' ')}\n") == code
        alike = code.translate(str.maketrans("015826", "OISBZG"))
        assert read_code(alike) == code


@pytest.mark.parametrize("alphabet", [SIGNS, ROW_SIGNS])
def test_alphabets_are_prime_and_without_signs_that_look_alike(alphabet: str) -> None:
    assert len(set(alphabet)) == len(alphabet) in (23, 29)
    assert not {chr(sign) for sign in LOOKS_LIKE} & set(alphabet)


def test_every_single_slip_is_found() -> None:
    code = new_code().replace("-", "")
    for place, sign in enumerate(code):
        for other in set(SIGNS) - {sign}:
            assert read_code(code[:place] + other + code[place + 1 :]) == ""
    for one, other in combinations(range(len(code) - 1), 2):
        if code[one] != code[other]:
            signs = list(code)
            signs[one], signs[other] = signs[other], signs[one]
            assert read_code("".join(signs)) == ""
    row = row_code()
    for place, sign in enumerate(row):
        for other in set(ROW_SIGNS) - {sign}:
            assert read_row_code(row[:place] + other + row[place + 1 :]) == ""


@pytest.mark.parametrize("text", ["", "-", "0", "x" * 10_000, "¿?", "٣" * 14, "\0" * 14, "ß" * 14])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) == ""
    assert read_row_code(text) == ""
