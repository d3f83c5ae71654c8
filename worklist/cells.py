"""Makes cells safe for spreadsheets, which execute formulas and round long numbers. Pure.

A cell that begins with `=`, `+`, `-`, `@` or a tab is a formula to a spreadsheet, and titles come from sellers. Such
text is prefixed with an apostrophe, which spreadsheets read as "this is text" (OWASP, CSV Injection). In CSV, IDs of 16
or more digits get one too, because spreadsheets round numbers to 15 digits. Reading removes the apostrophe.
"""

from __future__ import annotations

import re

FORMULA_PREFIXES = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
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


def id_cell(text: str) -> str:
    """Return an ID as text, so that a spreadsheet does not round it."""
    return "'" + text if len(text) >= ROUNDED_FROM and text.isdigit() else safe_cell(text)


def plain_text(cell: object) -> str:
    """Return a cell of any type as the text that was typed. Reverses `safe_cell`."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    text = str(cell).strip()
    return text[1:].strip() if text.startswith("'") else text


def was_rounded(text: str) -> bool:
    """Return whether a spreadsheet has turned an ID into a form such as 1.73E+18."""
    return re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text) is not None
