"""Answers questions, accepts proposals, puts questions aside, and takes answers back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import structlog
from aiohttp import web
from multidict import MultiMapping

from redis_client.connect import REDIS_UNAVAILABLE
from shop_queue.blocked_products import queued_of, read_blocked
from shop_queue.kept_answers import forget_answers
from web_ui.access.session import Session
from web_ui.acting import AlreadyDone
from web_ui.actions.confirming import Order, confirm, see_other
from web_ui.question_index import OpenProduct, Product, Questions
from web_ui.rendering import plural
from web_ui.services import WebServices
from web_ui.skipped import TooManySkipped, skip, unskip
from web_ui.views.shops import SHOP
from worklist.answers import BadAnswer, parse_answer
from worklist.field_answers import FORMS
from worklist.import_file import apply_answers
from worklist.measured_times import count_answers
from worklist.missing_fields import DONE, MissingField, Question, QuestionKind, missing_fields_of
from worklist.plan_import import ImportPlan
from worklist.sheet import SURE, AcceptedForAll, AnsweredRow, AnswerForAll, Answers

log = structlog.get_logger("relist.web")

QUESTION = r"/questions/{key:g[0-9a-f]{16}}"
MAX_SHOWN = 20
FORM = "the form"


class Answering:
    """Handlers of the forms that answer questions, accept proposals, put questions aside and take answers back."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    async def _found(self, request: web.Request) -> tuple[Questions, str]:
        questions, key = await self._services.questions(), request.match_info["key"]
        if questions is None or key not in questions.asked:
            raise web.HTTPNotFound(text="No product needs this answer any more.\n")
        return questions, key

    async def ask(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Check an answer and describe its effect before it is given."""
        questions, key = await self._found(request)
        given = await request.post()
        how, answer = str(given.get("how", "")), str(given.get("answer", "")).strip()
        products = _chosen(questions, key, given)
        answers = answers_of(products, key, how, answer)
        fields = {"how": how, "answer": answer, "shop": str(given.get("shop", "")), "only": _only(given)}
        question = questions.asked[key].stats.question
        obstacle = obstacle_of(question, how, answer, has_ticks=bool(fields["only"]))
        plan = await apply_answers(self._services.redis, answers, check_only=True)
        dry_runs = sum(job.dry_run for job in plan.jobs)
        effects = [plural(len(plan.jobs), "product gets", "products get") + " the answer and continue immediately."]
        if how != "all":
            effects = [plural(plan.answers, "proposal is", "proposals are") + " accepted.", *effects]
        if plan.incomplete:
            effects.append(
                plural(len(plan.incomplete), "product lacks", "products lack")
                + " other answers too: this one is kept for them, and they continue when their last answer arrives."
            )
        if dry_runs:
            effects.append(plural(dry_runs, "is a dry run", "are dry runs") + ": checked but not edited.")
        if not (plan.answers or obstacle):
            obstacle = "No product takes this answer."
        shown = [f"{each.where}: {each.message}" for each in plan.problems if each.where != FORM][:MAX_SHOWN]
        order = Order(
            *(f"Answer: {question.name}", "Give the answer", f"/questions/{key}/answer"),
            *(effects, fields, f"/questions/{key}"),
            "An edit with this answer can go live within seconds. Until a worker takes a product you can take it back.",
            obstacle,
            shown,
        )
        return confirm(self._services, request, session, order)

    async def give(self, request: web.Request, session: Session) -> web.StreamResponse:
        given = await request.post()
        try:
            async with self._services.acting.once(str(given.get("intent", ""))):
                questions, key = await self._found(request)
                how, answer = str(given.get("how", "")), str(given.get("answer", "")).strip()
                question = questions.asked[key].stats.question
                if obstacle := obstacle_of(question, how, answer, has_ticks=bool(_only(given))):
                    raise web.HTTPUnprocessableEntity(text=f"{obstacle}\n")
                plan = await self._give(session, _chosen(questions, key, given), key, how, answer)
        except AlreadyDone:
            return see_other("/questions")
        answered = [*((job.shop_id, job.product_id) for job in plan.jobs), *plan.incomplete]
        products = ",".join(f"{shop}-{product}" for shop, product in list(dict.fromkeys(answered))[:MAX_SHOWN])
        return self._services.templates.page(
            "answered.html",
            request,
            session,
            plan=plan,
            count=len(plan.jobs),
            kept=len(plan.incomplete),
            question=key,
            products=products,
            shown=MAX_SHOWN,
        )

    async def _give(
        self, session: Session, products: Sequence[OpenProduct], key: str, how: str, answer: str
    ) -> ImportPlan:
        answers = answers_of(products, key, how, answer)
        plan = await apply_answers(self._services.redis, answers, check_only=True)
        about = {
            "question": key,
            "how": how,
            "answer": answer[:200],
            "products": len(plan.jobs),
            "kept": len(plan.incomplete),
        }
        await self._services.acting.note(session, "question_answered", about)
        noted, plan = plan.answers, await apply_answers(self._services.redis, answers)
        await self._services.acting.note_refused(session, noted, plan.answers)
        if how == "all" and plan.answers:
            kind = next(each.question.kind for each in products[0].missing if each.question.key == key)
            # A correction is made in every ticked product; any other answer is given once.
            await self._measure(session, [kind] * (plan.answers if answer.casefold() == DONE else 1))
        self._services.changed()
        return plan

    async def _measure(self, session: Session, kinds: Sequence[QuestionKind]) -> None:
        if session.user is not None:
            person = f"{session.user.name}/{session.id}"
            try:
                await count_answers(self._services.redis, person, kinds, time.time())
            except REDIS_UNAVAILABLE as error:
                # The answers are stored; only the order of the questions depends on their times.
                log.warning("answer_time_lost", error=type(error).__name__)

    async def answer_product(self, request: web.Request, session: Session) -> web.StreamResponse:
        """All answers of one product's form."""
        shop_id, product_id = request.match_info["shop_id"], request.match_info["product_id"]
        here = f"/shops/{shop_id}/products/{product_id}"
        given = await request.post()
        blocked = (await read_blocked(self._services.redis, [(shop_id, product_id)]))[shop_id, product_id]
        missing = missing_fields_of(blocked) if blocked is not None else []
        rows = []
        for each in missing:
            key, token = each.question.key, str(given.get(f"token-{each.question.key}", ""))
            text, accepts = str(given.get(f"answer-{key}", "")).strip(), f"accept-{key}" in given
            rows.append(AnsweredRow(each.question.name, shop_id, product_id, key, token, text, accepts and not text))
        answers = Answers(rows=rows)
        plan = await apply_answers(self._services.redis, answers, check_only=True)
        if plan.problems or not (plan.answers or rows):
            text = "; ".join(str(each) for each in plan.problems) or "The product is no longer blocked."
            return see_other(f"{here}?{_problem(text)}")
        if not plan.answers:
            return see_other(f"{here}?{_problem('Give at least one answer.')}")
        about = {"shop": shop_id, "product": product_id, "answers": {row.where: row.answer[:200] for row in rows}}
        await self._services.acting.note(session, "product_answered", {**about, "products": len(plan.jobs)})
        noted, plan = plan.answers, await apply_answers(self._services.redis, answers)
        await self._services.acting.note_refused(session, noted, plan.answers)
        self._services.changed()
        if plan.problems:
            # Another person was faster; answers to other questions are kept.
            return see_other(f"{here}?{_problem('; '.join(map(str, plan.problems)))}")
        typed = {row.question for row in rows if row.answer}
        await self._measure(session, [each.question.kind for each in missing if each.question.key in typed])
        return see_other(f"{here}?done={'answered' if plan.jobs else 'incomplete'}")

    async def take_back(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Remove kept answers and end the jobs that no worker has taken yet, which reopens their questions."""
        given = await request.post()
        pairs = [each.partition("-")[::2] for each in str(given.get("products", "")).split(",") if "-" in each]
        known = {shop.shop_id for shop in await self._services.registry.all()}
        by_shop: dict[str, list[str]] = {}
        for shop_id, product_id in pairs[:1000]:
            if shop_id in known and product_id.isdigit():
                by_shop.setdefault(shop_id, []).append(product_id)
        if not by_shop:
            raise web.HTTPUnprocessableEntity(text="Choose at least one product.\n")
        question = str(given.get("question", ""))[:64]
        blocked = await read_blocked(
            self._services.redis, [(shop, each) for shop, ids in by_shop.items() for each in ids]
        )
        about = {"products": [f"{shop}/{each}" for shop, ids in by_shop.items() for each in ids][:200]}
        await self._services.acting.note(session, "answers_taken_back", about)
        ended = late = 0
        for shop_id, ids in by_shop.items():
            # Only a product that was blocked before returns to its questions.
            waiting = [each for each in ids if blocked[shop_id, each] is not None]
            done = await self._services.cancellation.withdraw(shop_id, waiting, datetime.now(UTC))
            ended, late = ended + done.ended, late + done.in_flight
            still = await queued_of(self._services.redis, shop_id, ids)
            forgotten = [(shop_id, each) for each in ids if each not in still]
            ended += await forget_answers(self._services.redis, forgotten, question) if forgotten else 0
        self._services.changed()
        if len(pairs) == 1:
            shop_id, product_id = pairs[0]
            return see_other(f"/shops/{shop_id}/products/{product_id}?done={'taken-back' if ended else 'too-late'}")
        return see_other("/questions?done=taken-back")

    async def put_aside(self, request: web.Request, session: Session) -> web.StreamResponse:
        _, key = await self._found(request)
        order = request.path.rpartition("/")[2]
        await self._services.acting.note(session, f"question_{order}ped", {"question": key})
        try:
            if order == "skip":
                await skip(self._services.redis, key, session.user.name if session.user is not None else "")
            else:
                await unskip(self._services.redis, key)
        except TooManySkipped:
            raise web.HTTPUnprocessableEntity(text="Too many questions are put aside: answer some.\n") from None
        return see_other(f"/questions?done={order}ped")


def add_answering(app: web.Application, services: WebServices) -> None:
    actions = Answering(services)
    guard, router = services.guard, app.router
    router.add_post(QUESTION + "/check", guard.form(actions.ask))
    router.add_post(QUESTION + "/answer", guard.form(actions.give))
    router.add_post(QUESTION + "/skip", guard.form(actions.put_aside))
    router.add_post(QUESTION + "/unskip", guard.form(actions.put_aside))
    router.add_post(SHOP + r"/products/{product_id:\d{1,24}}/answer", guard.form(actions.answer_product))
    router.add_post("/questions/take-back", guard.form(actions.take_back))


def answers_of(products: Sequence[OpenProduct], key: str, how: str, answer: str) -> Answers:
    """The rows that a sheet would contain for these products. Pure.

    `how`: `all` gives the answer to each, `sure` accepts the proposals that are probably right, `proposals` accepts
    all proposals.
    """
    rows = []
    for product in products:
        missing = next((each for each in product.missing if each.question.key == key), None)
        if missing is None or (how != "all" and not _is_wanted(missing, how)):
            continue
        where = f"{product.title or 'product'} ({product.product_id})"
        accepts = how == "proposals"
        rows.append(AnsweredRow(where, product.shop_id, product.product_id, key, missing.version_token, "", accepts))
    answers = Answers(rows=rows)
    if how == "all" and answer and rows:
        answers.for_all.append(AnswerForAll(FORM, key, answer))
    if how == "sure" and rows:
        answers.accepted.append(AcceptedForAll(FORM, key))
    return answers


def obstacle_of(question: Question, how: str, answer: str, *, has_ticks: bool) -> str:
    """Why the answer cannot be given, or an empty text. Pure.

    What must be true of each product, a correction or a proposal that may be wrong, is given for ticked products only.
    """
    if how == "proposals" and not has_ticks:
        return "Tick the products whose proposals are right."
    if how != "all":
        return ""
    is_correction = question.kind == "correct" or (question.kind in FORMS and answer.casefold() == DONE)
    if is_correction and not has_ticks:
        return "Tick the products that are corrected."
    try:
        parse_answer(question, answer)
    except BadAnswer as bad:
        return f"{bad}."
    return ""


def _is_wanted(missing: MissingField, how: str) -> bool:
    """Whether the product has a proposal, and with `sure` one that is probably right."""
    proposed = missing.proposed
    return proposed is not None and (how == "proposals" or (how == "sure" and proposed.chance >= SURE))


def _chosen(questions: Questions, key: str, given: MultiMapping[Any]) -> list[OpenProduct]:
    """The products of a question, or only those of a shop, or only those ticked."""
    shop, only = str(given.get("shop", "")), set(_only(given).split(",")) - {""}
    keys: list[Product] = questions.asked[key].products
    return [
        each
        for each in questions.of(keys)
        if shop in ("", each.shop_id) and (not only or f"{each.shop_id}-{each.product_id}" in only)
    ]


def _only(given: MultiMapping[Any]) -> str:
    return ",".join(str(each) for each in given.getall("only", []))[:60_000]


def _problem(text: str) -> str:

    return urlencode({"problem": text[:300]})
