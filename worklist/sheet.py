"""The two sheets as rows of cells, and back. Pure; how files hold them is in csv_file.py and xlsx_file.py.

Columns are found by their heads, so people may move, hide and add columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worklist.cells import plain_text, safe_cell
from worklist.collect import AskedQuestion
from worklist.missing_fields import MissingField, Question

PRODUCT_COLUMNS = (
    "shop", "product", "title", "category", "what is asked", "attribute", "allowed values", "answer",
    "products one answer unlocks", "gap", "version_token",
)  # fmt: skip
GAP_COLUMNS = (
    "what is asked", "attribute", "category", "allowed values", "answer for all",
    "unlocks products", "asked of products", "shops", "for example", "gap",
)  # fmt: skip
ALL = "*"
"""Stands for shop and product in a CSV row whose answer is for all rows of its gap."""
NEEDED = ("shop", "product", "answer", "gap", "version_token")
NEEDED_FOR_ALL = ("answer for all", "gap")


class BadSheet(ValueError):
    """The file is no worklist; `str()` says what is missing."""


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    where: str
    """For people: `row 12`, with the sheet's name where there are two."""
    shop_id: str
    product_id: str
    gap: str
    version_token: str
    answer: str


@dataclass(frozen=True, slots=True)
class AnsweredGap:
    where: str
    gap: str
    answer: str


@dataclass(slots=True)
class Answers:
    """What a filled-in file holds; rows without an answer are in it too, since one for all may answer them."""

    rows: list[AnsweredRow] = field(default_factory=list)
    for_all: list[AnsweredGap] = field(default_factory=list)


def allowed_text(question: Question, longest: int) -> str:
    """The choices in one cell, and what else is taken."""
    text = ""
    for place, choice in enumerate(question.choices):
        added = choice.label if not text else f"{text} | {choice.label}"
        if len(added) > longest:
            return f"{text} | and {len(question.choices) - place} more"
        text = added
    if question.several:
        text += " (several: put ; between)" if text else "several: put ; between"
    if question.number:
        return f"{text} (or a number)" if text else "a number"
    if question.open and question.kind == "attribute":
        return f"{text} (or any other)" if text else "any text"
    return text


def product_row(gap: MissingField, unlocks: int, as_id: Callable[[str], str], longest: int) -> list[str | int]:
    question = gap.question
    return [
        as_id(gap.shop_id),
        as_id(gap.product_id),
        safe_cell(gap.title),
        safe_cell(question.category),
        safe_cell(question.text),
        safe_cell(question.name),
        safe_cell(allowed_text(question, longest)),
        "",
        unlocks,
        question.key,
        gap.version_token,
    ]


def gap_row(asked: AskedQuestion, longest: int) -> list[str | int]:
    question = asked.question
    return [
        safe_cell(question.text),
        safe_cell(question.name),
        safe_cell(question.category),
        safe_cell(allowed_text(question, longest)),
        "",
        asked.unlocks,
        asked.products,
        len(asked.shops),
        safe_cell("; ".join(asked.examples)),
        question.key,
    ]


def read_products(rows: Iterable[Sequence[object]], sheet: str = "") -> Answers:
    """Raises BadSheet. Rows are counted from 1, the head, as spreadsheets show them."""
    answers = Answers()
    for where, row in _records(rows, NEEDED, sheet):
        if not (row["gap"] or row["version_token"] or row["answer"]):
            continue
        if row["product"] == ALL:
            if row["answer"]:
                answers.for_all.append(AnsweredGap(where, row["gap"], row["answer"]))
        else:
            fields = (row["shop"], row["product"], row["gap"], row["version_token"], row["answer"])
            answers.rows.append(AnsweredRow(where, *fields))
    return answers


def read_gaps(rows: Iterable[Sequence[object]], sheet: str) -> list[AnsweredGap]:
    """Raises BadSheet."""
    return [
        AnsweredGap(where, row["gap"], row["answer for all"])
        for where, row in _records(rows, NEEDED_FOR_ALL, sheet)
        if row["answer for all"]
    ]


def _records(
    rows: Iterable[Sequence[object]], needed: Sequence[str], sheet: str
) -> Iterator[tuple[str, Mapping[str, str]]]:
    numbered = enumerate(rows, 1)
    head = [plain_text(cell).casefold() for cell in next(numbered, (0, ()))[1]]
    missing = [name for name in needed if name not in head]
    if missing:
        where = f"sheet {sheet!r}" if sheet else "the file"
        raise BadSheet(f"{where} has no column {missing[0]!r}: the first row must be that of the export")
    places = {name: head.index(name) for name in needed}
    for number, row in numbered:
        cells = {name: plain_text(row[place]) if place < len(row) else "" for name, place in places.items()}
        yield (f"{sheet}, row {number}" if sheet else f"row {number}"), cells
