"""Cleans cells: blanks, apostrophes, spreadsheet errors, rounded IDs. Pure."""

from __future__ import annotations

import re

from tables.model import BadCell, Cell

BLANKS = (
    " \t\r\n\v\f\u00a0\u2007\u202f\u3000\u200b\u2060\ufeff"
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Stripped from both ends of a cell: spaces, and marks of width and direction added by copying from other programs."""
ERROR = re.compile(r"#[¡¿]?[A-ZÀ-Ý0-9/_]{1,20}[!?]|#N/A|#N/D|#N/DISP|#NV|#GETTING_DATA|Err:\d{3}")
"""Errors of Excel (English and localised) and of LibreOffice."""
TEXT_FORMULA = re.compile(r'="([^"]*)"')
"""How exports write an ID into CSV so that a spreadsheet keeps all of its digits."""
SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
BINARY_DIGITS = 17
EXACT_DIGITS = 15
"""Spreadsheets keep 15 significant digits of a number and replace the rest by zeros."""


def text_cell(text: str) -> Cell:
    """Clean a cell that holds text. A leading apostrophe or the form `="text"`, which mark text, are removed."""
    clean = text.strip(BLANKS)
    if formula := TEXT_FORMULA.fullmatch(clean):
        clean = formula[1].strip(BLANKS)
    if ERROR.fullmatch(clean):
        return BadCell(f"{clean} is a spreadsheet error")
    if "\ufffd" in clean:
        return BadCell("a letter cannot be read; save the file as .xlsx, or as CSV with the encoding UTF-8")
    return clean[1:].strip(BLANKS) if clean.startswith("'") else clean


def is_scientific(text: str) -> bool:
    """Return whether a spreadsheet shows an ID in a form such as 1.73E+18."""
    return SCIENTIFIC.fullmatch(text) is not None


def looks_rounded(text: str) -> bool:
    """Return whether all digits beyond the 15th are zeros, as in 1729592969712200000.

    One ID in ten thousand ends like this by chance; `records` also considers the other IDs of the column.
    """
    return len(text) > EXACT_DIGITS and text.isascii() and text.isdigit() and not text[EXACT_DIGITS:].strip("0")


def may_be_rounded(text: str) -> bool:
    """Return whether all digits beyond the 17th are zeros, as programs in JavaScript round an ID.

    One ID in a hundred ends like this by chance, so this serves only to explain why an ID is unknown.
    """
    return len(text) > BINARY_DIGITS and text.isascii() and text.isdigit() and not text[BINARY_DIGITS:].strip("0")


def heading_key(text: str) -> str:
    """Return a heading in lower case, without spaces or punctuation: `Shop ID` and `shop_id` are the same column."""
    return re.sub(r"[\W_]+", "", text.casefold())
