"""Formats values of XLSX cells as the spreadsheet shows them, or reports that this is not possible. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

from tables.model import BadCell, Cell

DATE_PARTS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d", "hh": "%H", "ss": "%S"}
DATE_FORMAT = re.compile(
    r"(?:yyyy|yy|(?<!m)mm?(?!m)|(?<!d)dd?(?!d)|(?<!h)hh?(?!h)|ss|\\?[-/., :T]|\"[-/., :T]\")+", re.IGNORECASE
)
"""Names of months and days (`mmm`, `dddd`) depend on the language of the spreadsheet."""
DECORATION = re.compile(r"\A\[\$-[0-9A-Fa-f]{1,3}\]|;@\Z")
"""A language, which matters only for names, and the section for text. Spreadsheets add both to plain formats."""
LOCAL_FORMATS = frozenset({"mm-dd-yy", "m/d/yy h:mm", "m/d/yy"})
"""Built-in formats whose order depends on the locale of the spreadsheet."""
ZEROS = re.compile("0{2,30}")
UNREADABLE_DATE = BadCell("a date whose format cannot be read; format the cell as text and type the date again")


def shown_date(value: date, number_format: str) -> Cell:
    """Return a date in its number format, such as `22/01/2024` for `dd/mm/yyyy`."""
    number_format = DECORATION.sub("", number_format)
    if number_format.casefold() in LOCAL_FORMATS or not DATE_FORMAT.fullmatch(number_format):
        return UNREADABLE_DATE
    if (
        isinstance(value, datetime)
        and not re.search("h", number_format, re.IGNORECASE)
        and (value.hour or value.minute)
    ):
        return UNREADABLE_DATE
    shown, after_hours = "", False
    for part in re.findall(r"y+|m+|d+|h+|s+|[^\\\"]", number_format, re.IGNORECASE):
        text, after_hours = _date_part(part.casefold(), value, after_hours=after_hours)
        shown += text if text else part
    return shown


def shown_number(value: float, number_format: str = "") -> str:
    """Return a number as typed, with the leading zeros of a format such as `00000`.

    A number with more than 15 digits is shown in scientific notation, since its last digits are lost.
    """
    if "%" in number_format:
        return f"{value * 100:.15g}%"
    if isinstance(value, float) and not (value.is_integer() and abs(value) < 10**15):
        return f"{value:.15g}"
    return str(int(value)).zfill(len(number_format) if ZEROS.fullmatch(number_format) else 0)


def _date_part(part: str, value: date, *, after_hours: bool) -> tuple[str, bool]:
    """Return the text of one part of a format, or an empty string for a separator. `mm` after `hh` means minutes."""
    if part in ("mm", "m") and after_hours and isinstance(value, datetime):
        return f"{value.minute:02}" if part == "mm" else str(value.minute), False
    if part in DATE_PARTS:
        return value.strftime(DATE_PARTS[part]), part == "hh"
    single = {"m": value.month, "d": value.day, "h": value.hour if isinstance(value, datetime) else 0}
    return (str(single[part]), part == "h") if part in single else ("", after_hours)
