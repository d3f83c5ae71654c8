"""From a filled-in sheet to the jobs it makes: every row checked, every bad one named. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from model.blocked_product import BlockedProduct
from model.job import Job
from worklist.answers import BadAnswer, Hint, parse_answer
from worklist.cells import was_rounded
from worklist.missing_fields import MissingField, missing_fields_of
from worklist.sheet import AnsweredGap, AnsweredRow, Answers

Product = tuple[str, str]
"""Shop and product id."""


@dataclass(frozen=True, slots=True)
class Problem:
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(slots=True)
class ImportPlan:
    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    answers: int = 0
    """Good answers, counting one for all once for each row."""
    incomplete: dict[Product, int] = field(default_factory=dict)
    """Products with good answers that still lack others, and how many: they wait."""
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    where: str
    text: str


def products_answered(answers: Answers) -> list[Product]:
    """Whose records `plan_import` wants to see."""
    for_all = {each.gap for each in answers.for_all}
    return list(
        dict.fromkeys((row.shop_id, row.product_id) for row in answers.rows if row.answer or row.gap in for_all)
    )


def plan_import(
    answers: Answers,
    known_shops: Collection[str],
    blocked: Mapping[Product, BlockedProduct | None],
    *,
    live: bool = False,
) -> ImportPlan:
    """`live` makes products known from dry runs only be edited for real."""
    plan = ImportPlan()
    for_all = _answers_for_all(answers.for_all, {row.gap for row in answers.rows}, plan)
    gaps: dict[Product, dict[str, MissingField]] = {}
    given: dict[Product, dict[str, tuple[_Answer, Hint]]] = defaultdict(dict)
    refused_for_all: set[str] = set()
    for row in answers.rows:
        answer = _Answer(row.where, row.answer) if row.answer else for_all.get(row.gap)
        if answer is None:
            plan.unanswered += 1
            continue
        product = (row.shop_id, row.product_id)
        if product not in gaps:
            record = blocked.get(product)
            gaps[product] = {gap.question.key: gap for gap in missing_fields_of(record)} if record is not None else {}
        gap = gaps[product].get(row.gap)
        problem = _refusal(row, known_shops, blocked.get(product), gap)
        if problem or gap is None:
            plan.problems.append(Problem(row.where, problem))
            continue
        try:
            hint = parse_answer(gap.question, answer.text)
        except BadAnswer as bad:
            if answer.where not in refused_for_all:
                plan.problems.append(Problem(answer.where, str(bad)))
                refused_for_all.add(answer.where)
            continue
        before = given[product].get(row.gap)
        if before is not None and before[1] != hint:
            message = f"{before[0].where} answers the same gap differently: {before[0].text!r}"
            plan.problems.append(Problem(row.where, message))
            # Neither can be trusted, so this gap stays open.
            gaps[product][f"{row.gap} contradicted"] = gap
            continue
        given[product][row.gap] = (answer, hint)
        plan.answers += before is None
    for product, answered in given.items():
        record = blocked[product]
        missing = len(gaps[product].keys() - answered.keys())
        if record is None or missing:
            plan.incomplete[product] = missing
            continue
        job = record.retry(live=live)
        for _, hint in answered.values():
            job = hint.added_to(job)
        plan.jobs.append(job)
    return plan


def _answers_for_all(given: Iterable[AnsweredGap], in_file: Collection[str], plan: ImportPlan) -> dict[str, _Answer]:
    for_all: dict[str, _Answer] = {}
    contradicted = set()
    for each in given:
        before = for_all.get(each.gap)
        if each.gap not in in_file:
            plan.problems.append(Problem(each.where, "no row of this gap is in the file"))
        elif before is not None and before.text != each.answer:
            message = f"{before.where} answers the same gap differently: {before.text!r}"
            plan.problems.append(Problem(each.where, message))
            contradicted.add(each.gap)
        else:
            for_all[each.gap] = _Answer(each.where, each.answer)
    return {gap: answer for gap, answer in for_all.items() if gap not in contradicted}


def _refusal(
    row: AnsweredRow, known_shops: Collection[str], record: BlockedProduct | None, gap: MissingField | None
) -> str:
    """Why the row's answer can not be taken; empty when it can."""
    for name, value in (("shop", row.shop_id), ("product", row.product_id)):
        if was_rounded(value):
            return f"{name}: a spreadsheet has rounded the id to {value}; fill in a fresh export, best as XLSX"
        if not value.isascii() or not value.isdigit() or len(value) > 24:
            return f"{name}: {value[:40]!r} is not an id"
    if row.shop_id not in known_shops:
        return f"shop: shop {row.shop_id} is not known"
    if record is None:
        return "stale: the product no longer waits for anybody"
    if gap is None:
        return "stale: the product no longer asks this; export again"
    if row.version_token != gap.version_token:
        return "stale: the product has been tried again since this file was written; export again"
    return ""
