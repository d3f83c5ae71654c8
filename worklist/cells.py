"""What may stand in a cell: nothing a spreadsheet would run, round or refuse. Pure.

A cell that begins with one of `= + - @` or a tab is a formula to a spreadsheet, and titles come from sellers: such text
gets an apostrophe in front, which spreadsheets take as "this is text" (OWASP, CSV Injection). Ids of 16 digits and more
get it too in CSV, since a spreadsheet would round them to 15. Reading takes the apostrophe away again.
"""

from __future__ import annotations

import re

RUN = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LONGEST_CELL = 32_767
ROUNDED_FROM = 16


def safe_cell(text: str) -> str:
    """`text` as it may be written to CSV or XLSX."""
    plain = UNPRINTABLE.sub("", text)
    doubtful = plain.lstrip().startswith((*RUN, "'")) or plain.startswith(("\t", "\r", "\n"))
    return ("'" + plain if doubtful else plain)[:LONGEST_CELL]


def id_cell(text: str) -> str:
    """A long id, kept from being taken for a number and rounded."""
    return "'" + text if len(text) >= ROUNDED_FROM and text.isdigit() else safe_cell(text)


def plain_text(cell: object) -> str:
    """What was meant by a cell, whatever type the spreadsheet gave it; `safe_cell` undone."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    text = str(cell).strip()
    return text[1:].strip() if text.startswith("'") else text


def was_rounded(text: str) -> bool:
    """Whether a spreadsheet has turned an id into something like 1.73E+18."""
    return re.fullmatch(r"\d+([.,]\d+)?[eE]\+?\d+", text) is not None
