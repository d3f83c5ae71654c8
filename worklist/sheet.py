"""The two sheets of a worklist as rows of cells. Pure; csv_file.py and xlsx_file.py read and write files.

Columns are found by their headings, so users may move, hide and add columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worklist.cells import plain_text, safe_cell
from worklist.collect import QuestionStats
from worklist.missing_fields import MissingField, Question

PRODUCT_COLUMNS = (
    "shop", "product", "title", "category", "what is asked", "attribute", "allowed values", "answer",
    "products one answer unlocks", "gap", "version_token",
)  # fmt: skip
QUESTION_COLUMNS = (
    "what is asked", "attribute", "category", "allowed values", "answer for all",
    "unlocks products", "asked of products", "shops", "for example", "gap",
)  # fmt: skip
ALL = "*"
"""Shop and product of a CSV row whose answer applies to all products with the same question."""
REQUIRED = ("shop", "product", "answer", "gap", "version_token")
REQUIRED_FOR_ALL = ("answer for all", "gap")


class BadSheet(ValueError):
    """The file is not a worklist. `str()` says what is wrong."""


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    where: str
    """For example `row 12`, with the sheet's name if there are two sheets."""
    shop_id: str
    product_id: str
    question: str
    """The question's key, in column `gap`."""
    version_token: str
    answer: str


@dataclass(frozen=True, slots=True)
class AnswerForAll:
    where: str
    question: str
    answer: str


@dataclass(slots=True)
class Answers:
    """The rows of a filled-in file. Rows without an answer are kept, because an answer for all may cover them."""

    rows: list[AnsweredRow] = field(default_factory=list)
    for_all: list[AnswerForAll] = field(default_factory=list)


def allowed_text(question: Question, longest: int) -> str:
    """Return the choices, and what else is allowed, for one cell."""
    text = ""
    for place, choice in enumerate(question.choices):
        added = choice.label if not text else f"{text} | {choice.label}"
        if len(added) > longest:
            return f"{text} | and {len(question.choices) - place} more"
        text = added
    if question.multiple:
        text += " (separate several with ;)" if text else "separate several with ;"
    if question.number:
        return f"{text} (or a number)" if text else "a number"
    if question.open and question.kind == "attribute":
        return f"{text} (or any other)" if text else "any text"
    return text


def product_row(missing: MissingField, unlocks: int, as_id: Callable[[str], str], longest: int) -> list[str | int]:
    """Return the cells of one missing field. `as_id` formats IDs; `longest` bounds the list of allowed values."""
    question = missing.question
    return [
        as_id(missing.shop_id),
        as_id(missing.product_id),
        safe_cell(missing.title),
        safe_cell(question.category),
        safe_cell(question.text),
        safe_cell(question.name),
        safe_cell(allowed_text(question, longest)),
        "",
        unlocks,
        question.key,
        missing.version_token,
    ]


def note_row(note: str) -> list[str]:
    """Return a row that readers ignore, with a note in the title column."""
    return ["", "", note, *("" for _ in PRODUCT_COLUMNS[3:])]


def question_row(stats: QuestionStats, longest: int) -> list[str | int]:
    question = stats.question
    return [
        safe_cell(question.text),
        safe_cell(question.name),
        safe_cell(question.category),
        safe_cell(allowed_text(question, longest)),
        "",
        stats.unlocks,
        stats.products,
        len(stats.shops),
        safe_cell("; ".join(stats.examples)),
        question.key,
    ]


def read_products(rows: Iterable[Sequence[object]], sheet: str = "") -> Answers:
    """Read the sheet of products. Rows are numbered from 1, as spreadsheets show them. Raises BadSheet."""
    answers = Answers()
    for where, row in _records(rows, REQUIRED, sheet):
        if not (row["gap"] or row["version_token"] or row["answer"]):
            continue
        if row["product"] == ALL:
            if row["answer"]:
                answers.for_all.append(AnswerForAll(where, row["gap"], row["answer"]))
        else:
            fields = (row["shop"], row["product"], row["gap"], row["version_token"], row["answer"])
            answers.rows.append(AnsweredRow(where, *fields))
    return answers


def read_questions(rows: Iterable[Sequence[object]], sheet: str) -> list[AnswerForAll]:
    """Read the sheet of questions. Raises BadSheet."""
    return [
        AnswerForAll(where, row["gap"], row["answer for all"])
        for where, row in _records(rows, REQUIRED_FOR_ALL, sheet)
        if row["answer for all"]
    ]


def _records(
    rows: Iterable[Sequence[object]], required: Sequence[str], sheet: str
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each row's position and its required cells by heading."""
    numbered = enumerate(rows, 1)
    head = [plain_text(cell).casefold() for cell in next(numbered, (0, ()))[1]]
    missing = [name for name in required if name not in head]
    if missing:
        where = f"sheet {sheet!r}" if sheet else "the file"
        raise BadSheet(f"{where} has no column {missing[0]!r}; keep the first row of the export")
    places = {name: head.index(name) for name in required}
    for number, row in numbered:
        cells = {name: plain_text(row[place]) if place < len(row) else "" for name, place in places.items()}
        yield (f"{sheet}, row {number}" if sheet else f"row {number}"), cells
