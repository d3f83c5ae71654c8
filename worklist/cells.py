"""Makes cells safe for spreadsheets, which execute formulas and round long numbers. Pure.

A cell that begins with `=`, `+`, `-`, `@` or a tab is a formula to a spreadsheet, and titles come from sellers. Such
text is prefixed with an apostrophe, which spreadsheets read as "this is text" (OWASP, CSV Injection). In CSV, IDs of 16
or more digits get one too, because spreadsheets round numbers to 15 digits, and so does a formula after a character
that separates cells in other countries. Reading removes the apostrophes (tables/cells.py, `unescape`).
"""

from __future__ import annotations

import re

FORMULA_PREFIXES = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
SEPARATED_FORMULA = re.compile(r"([;,\t|\r\n]\s*)('*[=+\-@＝＋－＠])")
ESCAPED_FORMULA = re.compile(r"([;,\t|\r\n]\s*)'('*[=+\-@＝＋－＠])")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
MAX_CELL = 32_767
"""Excel's limit in characters."""
ROUNDED_FROM = 16
"""Spreadsheets round numbers with this many digits or more."""


def safe_cell(text: str) -> str:
    """Return `text` in a form that is safe to write to CSV or XLSX."""
    plain = UNPRINTABLE.sub("", text)
    risky = plain.lstrip().startswith((*FORMULA_PREFIXES, "'")) or plain.startswith(("\t", "\r", "\n"))
    return ("'" + plain if risky else plain)[:MAX_CELL]


def csv_cell(text: str) -> str:
    """Return `text` in a form that is safe in CSV whichever character the reader takes for the separator."""
    return SEPARATED_FORMULA.sub(r"\1'\2", safe_cell(text))[:MAX_CELL]


def unescape(text: str) -> str:
    """Reverse the apostrophes that `csv_cell` put after separators."""
    return ESCAPED_FORMULA.sub(r"\1\2", text)


def id_cell(text: str) -> str:
    """Return an ID as text, so that a spreadsheet does not round it."""
    return "'" + text if len(text) >= ROUNDED_FROM and text.isdigit() else safe_cell(text)
