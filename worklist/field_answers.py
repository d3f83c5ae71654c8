"""Reads typed answers for fields other than attributes: weight, dimensions, size chart, certificate. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

FieldKind = Literal["weight", "dimensions", "size_chart", "certificate"]
FORMS: Mapping[FieldKind, str] = {
    "weight": "a weight such as 1.2 kg, 350 g or 2 lb",
    "dimensions": "length x width x height such as 30 x 20 x 10 cm, or in",
    "size_chart": "the URI of an uploaded image, or the ID of a size chart template",
    "certificate": "the URI of an uploaded image, an expiry date such as 2027-12-31, or both separated by ;",
}
"""A description of each answer's form, for people."""
FIELDS: Mapping[str, FieldKind] = {
    "package_weight": "weight",
    "package_dimensions": "dimensions",
    "size_chart": "size_chart",
    "certifications": "certificate",
}
"""Field of a reason -> kind of answer."""
_WEIGHTS = {
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kilo"), "KILOGRAM"),
    **dict.fromkeys(("g", "gram", "grams"), "GRAM"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "POUND"),
}
_LENGTHS = {
    **dict.fromkeys(("cm", "centimeter", "centimetre", "centimeters", "centimetres"), "CENTIMETER"),
    **dict.fromkeys(("in", "inch", "inches", '"'), "INCH"),
}
_NUMBER = r"(\d{1,7}(?:[.,]\d{1,4})?)"
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_WEIGHT = re.compile(rf"{_NUMBER}\s*([a-z]+)", re.ASCII | re.IGNORECASE)
_SIZES = re.compile(rf"{_NUMBER}\s*[x×*]\s*{_NUMBER}\s*[x×*]\s*{_NUMBER}\s*([a-z]+|\")", re.IGNORECASE)
_URI = re.compile(r"[\w.~%/+=-]{8,300}", re.ASCII)
_ID = re.compile(r"\d{5,25}", re.ASCII)
_LATEST = date(2100, 1, 1)


def field_answer(kind: FieldKind, text: str) -> dict[str, Any]:
    """Return the value of the field as Edit Product takes it. Raises ValueError with the problem."""
    return _READERS[kind](text.strip())


def _weight(text: str) -> dict[str, Any]:
    found = _WEIGHT.fullmatch(text)
    unit = _WEIGHTS.get(found[2].casefold()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is not a weight: write a number and kg, g or lb, such as 1.2 kg")
    if unit != "KILOGRAM":
        _refuse_thousands((found[1],), text)
    return {"value": _positive(found[1], text), "unit": unit}


def _dimensions(text: str) -> dict[str, Any]:
    found = _SIZES.fullmatch(text)
    unit = _LENGTHS.get(found[4].casefold()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is not length x width x height with cm or in, such as 30 x 20 x 10 cm")
    _refuse_thousands(found.groups()[:3], text)
    sides = {name: _positive(found[place], text) for place, name in enumerate(("length", "width", "height"), 1)}
    return {**sides, "unit": unit}


def _size_chart(text: str) -> dict[str, Any]:
    if _ID.fullmatch(text):
        return {"template": {"id": text}}
    return {"image": {"uri": _image(text)}}


def _certificate(text: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for part in (each.strip() for each in text.split(";") if each.strip()):
        if (day := _day(part)) is not None:
            given["expiration_date"] = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        else:
            given.setdefault("images", []).append({"uri": _image(part)})
    if not given:
        raise ValueError("the answer is empty")
    return given


def _refuse_thousands(numbers: Iterable[str], text: str) -> None:
    """Raises ValueError for `1,200`, which may mean 1200 or 1.2. Only kilograms are written with three decimals."""
    if any(_THOUSANDS.fullmatch(number) for number in numbers):
        raise ValueError(f"{text!r} may mean thousands: write 1200 for 1,200, or at most two decimals")


def _positive(number: str, text: str) -> str:
    written = number.replace(",", ".")
    if not float(written):
        raise ValueError(f"{text!r} is zero; write the real size")
    return written


def _image(text: str) -> str:
    if "://" in text:
        raise ValueError(f"{text!r} is a web address: upload the image to TikTok Shop and write its URI")
    if not _URI.fullmatch(text) or "/" not in text:
        raise ValueError(f"{text!r} is not the URI of an uploaded image, such as tos-maliva-i-o3syd03w52-us/1a2b3c")
    return text


def _day(text: str) -> date | None:
    """Return the date of YYYY-MM-DD; other notations are ambiguous. Raises ValueError if there is no such day."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        if re.fullmatch(r"[\d./\s-]{6,12}", text, re.ASCII):
            raise ValueError(f"{text!r} is not a date like 2027-12-31")
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a calendar date") from None
    if day >= _LATEST:
        raise ValueError(f"{text!r} is too far in the future")
    return day


_READERS: Mapping[FieldKind, Callable[[str], dict[str, Any]]] = {
    "weight": _weight,
    "dimensions": _dimensions,
    "size_chart": _size_chart,
    "certificate": _certificate,
}
