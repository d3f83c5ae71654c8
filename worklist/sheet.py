"""The two sheets of a worklist as rows of cells. Pure; csv_file.py and xlsx_file.py write files, tables/ reads them.

Columns are found by their headings, so users may move, hide and add columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tables.model import BadTable, Sheet
from tables.records import RecordProblem, TableRecord, has_columns, records
from worklist.cells import safe_cell, unescape
from worklist.collect import QuestionStats
from worklist.field_answers import FORMS
from worklist.missing_fields import DONE, MissingField, Question

PRODUCT_COLUMNS = (
    "shop", "product", "title", "category", "what is asked", "attribute", "allowed values", "answer",
    "accept proposal", "proposed answer", "chance of being right", "read in",
    "products one answer unlocks", "gap", "version_token",
)  # fmt: skip
QUESTION_COLUMNS = (
    "what is asked", "attribute", "category", "allowed values", "answer for all", "accept all above 95 %",
    "unlocks products", "asked of products", "shops", "for example", "gap",
)  # fmt: skip
ALL = "*"
"""Shop and product of a CSV row whose answer applies to all products with the same question."""
SURE = 0.95
"""Chance of being right above which `accept all above 95 %` accepts a proposal."""
YES = frozenset({"yes", "y", "x", "true", "1", "✓", "ok", "ya", "sí", "si", "sim", "ja", "oui", "có", "ใช่", "はい"})
NO = frozenset({"", "no", "n", "false", "0", "-", "tidak", "não", "nein", "non", "không"})
ACCEPT, ACCEPT_ALL = "accept proposal", "accept all above 95 %"
REQUIRED = ("shop", "product", "answer", "gap", "version_token")
REQUIRED_FOR_ALL = ("answer for all", "gap")
ANSWER_COLUMNS = ("answer", ACCEPT, "answer for all", ACCEPT_ALL)
"""Columns that people fill in. They are empty in an exported worklist."""
PRODUCTS, QUESTIONS, VALUES = "Products", "Gaps by value", "Values"
"""Names of the sheets. They must not change: files exported by an earlier version are still imported."""


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
    accepts: bool = False
    """Whether the proposed answer is accepted."""


@dataclass(frozen=True, slots=True)
class AnswerForAll:
    where: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class AcceptedForAll:
    """Accepts the proposals of all products with this question that are right with a chance of at least `SURE`."""

    where: str
    question: str


@dataclass(slots=True)
class Answers:
    """The rows of a filled-in file. Rows without an answer are kept, because an answer for all may cover them."""

    rows: list[AnsweredRow] = field(default_factory=list)
    for_all: list[AnswerForAll] = field(default_factory=list)
    accepted: list[AcceptedForAll] = field(default_factory=list)
    problems: list[RecordProblem] = field(default_factory=list)
    """Problems of unreadable rows."""


def allowed_text(question: Question, longest: int) -> str:
    """Return the choices, and any other allowed values, for one cell."""
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
    for kind, form in FORMS.items():
        if question.kind == kind:
            return f"{DONE} | {form}"
    return text


def product_row(
    missing: MissingField,
    unlocks: int,
    longest: int,
    *,
    as_id: Callable[[str], str] = str,
    as_text: Callable[[str], str] = safe_cell,
) -> list[str | int]:
    """Return the cells of one missing field. `longest` bounds the list of allowed values in characters."""
    question = missing.question
    return [
        as_id(missing.shop_id),
        as_id(missing.product_id),
        as_text(missing.title),
        as_text(question.category),
        as_text(question.text),
        as_text(question.name),
        as_text(allowed_text(question, longest)),
        "",
        "",
        *_proposal_cells(missing, as_text),
        unlocks,
        question.key,
        missing.version_token,
    ]


def _proposal_cells(missing: MissingField, as_text: Callable[[str], str]) -> tuple[str, str, str]:
    proposed = missing.proposed
    if proposed is None:
        return "", "", ""
    return as_text(proposed.label), f"{int(proposed.chance * 100)} %", as_text(proposed.why)


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
        "",
        stats.unlocks,
        stats.products,
        len(stats.shops),
        safe_cell("; ".join(stats.examples)),
        question.key,
    ]


def read_answers(sheets: Sequence[Sheet]) -> Answers:
    """Read a filled-in worklist. Raises BadTable if a sheet or column is missing."""
    questions = _found(sheets, QUESTIONS, REQUIRED_FOR_ALL)
    products = sheets[0] if len(sheets) == 1 else _found(sheets, PRODUCTS, REQUIRED)
    if products is None:
        raise BadTable(f"the file has no sheet {PRODUCTS!r}, and no other sheet has its columns")
    questions = None if questions is products else questions
    answers = _read_products(products if len(sheets) > 1 else replace(products, name=""))
    if questions:
        found = records(questions, REQUIRED_FOR_ALL, (ACCEPT_ALL,))
        answers.problems += found.problems
        answers.for_all += [
            AnswerForAll(row.where, row.cells["gap"], unescape(row.cells["answer for all"]))
            for row in found.records
            if row.cells["answer for all"]
        ]
        for row in found.records:
            if _accepts(row, ACCEPT_ALL, answers):
                answers.accepted.append(AcceptedForAll(row.where, row.cells["gap"]))
    return answers


def _found(sheets: Sequence[Sheet], name: str, required: Sequence[str]) -> Sheet | None:
    """Return the sheet with this name, or else the first one with these columns: people rename sheets."""
    named = (sheet for sheet in sheets if sheet.name.strip().casefold() == name.casefold())
    return next(named, None) or next((sheet for sheet in sheets if has_columns(sheet, required)), None)


def _read_products(sheet: Sheet) -> Answers:
    try:
        found = records(sheet, REQUIRED, (ACCEPT,), ids=("shop", "product"))
    except BadTable as problem:
        raise BadTable(f"{problem}; export the worklist again, and keep its columns") from None
    answers = Answers(problems=list(found.problems))
    for row in found.records:
        cells = row.cells
        answer = unescape(cells["answer"])
        if not (cells["gap"] or cells["version_token"] or answer):
            continue
        if cells["product"] == ALL:
            if answer:
                answers.for_all.append(AnswerForAll(row.where, cells["gap"], answer))
            if _accepts(row, ACCEPT, answers):
                answers.accepted.append(AcceptedForAll(row.where, cells["gap"]))
        else:
            fields = (cells["shop"], cells["product"], cells["gap"], cells["version_token"])
            answers.rows.append(AnsweredRow(row.where, *fields, answer, _accepts(row, ACCEPT, answers)))
    return answers


def _accepts(row: TableRecord, column: str, answers: Answers) -> bool:
    """Whether the cell says yes. Any other text is a problem of the row."""
    text = unescape(row.cells[column]).strip().casefold()
    if text not in YES and text not in NO:
        problem = f"{column}: {text[:40]!r} must be yes or no"
        answers.problems.append(RecordProblem(row.where, row.number, problem))
    return text in YES
