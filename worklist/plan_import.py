"""Turns a filled-in worklist into jobs. Checks every row and reports each bad one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from model.blocked_product import BlockedProduct
from model.job import Job
from shop_queue.kept_answers import KeptAnswer, NewAnswers, other_answer
from tables.cells import is_scientific, may_be_rounded
from worklist.answers import BadAnswer, parse_answer
from worklist.missing_fields import MissingField, missing_fields_of
from worklist.sheet import ACCEPT, SURE, AnsweredRow, AnswerForAll, Answers
from worklist.version_tokens import is_outdated

ROUNDED = ", or a program has rounded the ID: export again, and keep the ID as text"
OUTDATED = "outdated: the product was processed again after this file was written; export again"
Product = tuple[str, str]
"""Shop ID and product ID."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    where: str
    """The row as named in the file."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(slots=True)
class ImportPlan:
    jobs: list[Job] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)
    answers: int = 0
    """Valid answers. An answer for all products counts once per row."""
    incomplete: dict[Product, int] = field(default_factory=dict)
    """Products with valid answers but others missing -> the number missing. They are not requeued."""
    given: dict[Product, NewAnswers] = field(default_factory=dict)
    """The valid answers, those of incomplete products included."""
    questions: dict[Product, frozenset[str]] = field(default_factory=dict)
    """All questions of the products in `given`."""
    rows: dict[tuple[Product, str], str] = field(default_factory=dict)
    """Product and question of each valid answer -> its row."""
    unanswered: int = 0

    def refuse(self, product: Product, question: str, message: str) -> None:
        """Turn a valid answer into a problem of its row."""
        self.problems.append(ImportProblem(self.rows[product, question], message))
        self.answers -= 1


@dataclass(frozen=True, slots=True)
class _Answer:
    where: str
    text: str


@dataclass(slots=True)
class _ProductAnswers:
    """The open questions of one blocked product and the hints given for them."""

    record: BlockedProduct | None
    open: dict[str, MissingField]
    hints: dict[str, tuple[_Answer, KeptAnswer]] = field(default_factory=dict)
    contradicted: set[str] = field(default_factory=set)
    """Questions with two different answers. Neither can be trusted, so they stay open."""

    @property
    def lacking(self) -> int:
        kept = {key for key, each in self.open.items() if each.kept}
        return len(self.open.keys() - ((kept | self.hints.keys()) - self.contradicted))


def products_answered(answers: Answers) -> list[Product]:
    """Return the products whose blocked records `plan_import` needs."""
    for_all = {each.question for each in answers.for_all} | {each.question for each in answers.accepted}
    rows = (row for row in answers.rows if row.answer or row.accepts or row.question in for_all)
    return list(dict.fromkeys((row.shop_id, row.product_id) for row in rows))


def plan_import(
    answers: Answers,
    known_shops: Collection[str],
    blocked: Mapping[Product, BlockedProduct | None],
    *,
    live: bool = False,
    found: Collection[Product] = (),
) -> ImportPlan:
    """Check all answers. `live` also edits products that are known only from dry runs.

    `found`: products that a dry run blocked and a real search has found since, which are edited regardless.
    """
    plan = ImportPlan(problems=[ImportProblem(each.where, each.problem) for each in answers.problems])
    for_all = _answers_for_all(answers.for_all, {row.question for row in answers.rows}, plan)
    products: dict[Product, _ProductAnswers] = {}
    accepted = {each.question for each in answers.accepted}
    refused_for_all: set[str] = set()
    for row in answers.rows:
        key = (row.shop_id, row.product_id)
        if not (row.answer or row.accepts or row.question in for_all or row.question in accepted):
            plan.unanswered += 1
            continue
        if key not in products:
            products[key] = _product_answers(blocked.get(key))
        product = products[key]
        missing = product.open.get(row.question)
        answer = _answer(row, missing, for_all, is_accepted=row.question in accepted)
        if answer is None and not row.accepts:
            plan.unanswered += 1
            continue
        problem = _refusal(row, known_shops, product.record, missing)
        if not problem and answer is None:
            problem = f"{ACCEPT}: there is no proposed answer; write one in the column answer"
        if problem or missing is None or answer is None:
            plan.problems.append(ImportProblem(row.where, problem))
            continue
        try:
            given = KeptAnswer(answer.text, parse_answer(missing.question, answer.text), _replaced(row, missing))
        except BadAnswer as bad:
            if answer.where not in refused_for_all:
                plan.problems.append(ImportProblem(answer.where, str(bad)))
                refused_for_all.add(answer.where)
            continue
        earlier = product.hints.get(row.question)
        if earlier is not None and earlier[1].hint != given.hint:
            plan.problems.append(_contradiction(row.where, earlier[0]))
            product.contradicted.add(row.question)
            continue
        kept = product.record.kept.get(row.question) if product.record is not None else None
        if other := other_answer(kept, given):
            plan.problems.append(ImportProblem(row.where, already_answered(other)))
            continue
        product.hints[row.question] = (answer, given)
        plan.rows.setdefault((key, row.question), row.where)
        plan.answers += earlier is None
    _add_jobs(plan, products, found if not live else products)
    return plan


def _answer(
    row: AnsweredRow, missing: MissingField | None, for_all: Mapping[str, _Answer], *, is_accepted: bool
) -> _Answer | None:
    """The row's own answer, else its accepted proposal, else a sure proposal, else the answer for all."""
    if row.answer:
        return _Answer(row.where, row.answer)
    proposed = missing.proposed if missing is not None else None
    if proposed is not None and (row.accepts or (is_accepted and proposed.chance >= SURE)):
        return _Answer(row.where, proposed.label)
    return None if row.accepts else for_all.get(row.question)


def _product_answers(record: BlockedProduct | None) -> _ProductAnswers:
    missing: Sequence[MissingField] = missing_fields_of(record) if record is not None else ()
    return _ProductAnswers(record, {each.question.key: each for each in missing})


def _add_jobs(plan: ImportPlan, products: Mapping[Product, _ProductAnswers], live: Collection[Product]) -> None:
    """Add a job for each product whose questions are all answered; a real job for those in `live`."""
    for key, product in products.items():
        if not product.hints:
            continue
        given = {key: each for key, (_, each) in product.hints.items() if key not in product.contradicted}
        if product.record is not None and given:
            plan.given[key] = NewAnswers(product.record.at, given)
            plan.questions[key] = frozenset(product.open)
        if product.record is None or product.lacking:
            plan.incomplete[key] = product.lacking
            continue
        job = product.record.retry(live=key in live)
        for each in given.values():
            job = each.hint.added_to(job)
        plan.jobs.append(job)


def _answers_for_all(given: Iterable[AnswerForAll], in_file: Collection[str], plan: ImportPlan) -> dict[str, _Answer]:
    """Return the answers for all products by question, without contradicting ones."""
    for_all: dict[str, _Answer] = {}
    contradicted = set()
    for each in given:
        earlier = for_all.get(each.question)
        if each.question not in in_file:
            plan.problems.append(ImportProblem(each.where, "the file has no product row for this question"))
        elif earlier is not None and earlier.text != each.answer:
            plan.problems.append(_contradiction(each.where, earlier))
            contradicted.add(each.question)
        else:
            for_all[each.question] = _Answer(each.where, each.answer)
    return {question: answer for question, answer in for_all.items() if question not in contradicted}


def already_answered(other: str) -> str:
    """Why an answer is refused to a question that somebody has answered differently in the meantime."""
    return f"it was answered with {other!r} in the meantime; to replace that answer, open the product's page"


def _replaced(row: AnsweredRow, missing: MissingField) -> str:
    """The kept answer, if the row was written when it was known."""
    return missing.kept if row.version_token == missing.version_token else ""


def _contradiction(where: str, earlier: _Answer) -> ImportProblem:
    return ImportProblem(where, f"{earlier.where} answers the same question differently: {earlier.text!r}")


def _refusal(
    row: AnsweredRow, known_shops: Collection[str], record: BlockedProduct | None, missing: MissingField | None
) -> str:
    """Return why the row cannot be imported, or an empty string."""
    for name, value in (("shop", row.shop_id), ("product", row.product_id)):
        if is_scientific(value):
            return f"{name}: a spreadsheet has rounded the ID to {value}; fill in a new export, preferably XLSX"
        if not value.isascii() or not value.isdigit() or len(value) > 24:
            return f"{name}: {value[:40]!r} is not an ID"
    if row.shop_id not in known_shops:
        return f"shop: shop {row.shop_id} is not known" + (ROUNDED if may_be_rounded(row.shop_id) else "")
    if record is None:
        return "outdated: the product is no longer blocked" + (ROUNDED if may_be_rounded(row.product_id) else "")
    if missing is None:
        return "outdated: the product no longer needs this answer; export again"
    return OUTDATED if is_outdated(row.version_token, missing.version_token) else ""
