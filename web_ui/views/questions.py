"""The open questions, by time saved, by product and by shop, with proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aiohttp import web

from web_ui.access.session import Session
from web_ui.paging import number_in, page_of, text_in
from web_ui.question_index import AskedQuestion, OpenProduct, Questions
from web_ui.services import WebServices
from web_ui.skipped import Skipped, read_skipped
from worklist.missing_fields import Question

PAGE_SIZE = 25
SHOWN_CHOICES = 500
KINDS = {
    "attribute": "attributes",
    "category": "categories",
    "brand": "brands",
    "correct": "corrections by hand",
    "weight": "weights",
    "dimensions": "dimensions",
    "size_chart": "size charts",
    "certificate": "certificates",
}
NOTICES = {
    "skipped": "The question is put aside for a week. The filter “put aside” shows it.",
    "unskipped": "The question is back in the list.",
    "retried": "The products are queued again.",
    "taken-back": "Answers are taken back.",
}


class QuestionPages:
    """Handlers of the open questions, by time saved, by product and by shop."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    async def by_value(self, request: web.Request, session: Session) -> web.StreamResponse:
        questions, skipped = await self._services.questions(), await read_skipped(self._services.redis)
        found = _selected(questions, skipped, request.query) if questions else []
        return self._services.templates.page(
            "questions.html",
            request,
            session,
            tab="value",
            questions=questions,
            page=page_of(found, number_in(request.query), PAGE_SIZE),
            skipped=skipped,
            kinds=KINDS,
            shops=await self._services.registry.all(),
            notice=_notice(request),
        )

    async def by_product(self, request: web.Request, session: Session) -> web.StreamResponse:
        questions, skipped = await self._services.questions(), await read_skipped(self._services.redis)
        shop, text = text_in(request.query, "shop"), text_in(request.query, "find").casefold()
        found = [
            each
            for each in (questions.by_product if questions else ())
            if shop in ("", each.shop_id)
            and text in f"{each.title} {each.product_id}".casefold()
            and not (skipped and all(missing.question.key in skipped for missing in each.missing))
        ]
        return self._services.templates.page(
            "questions_by_product.html",
            request,
            session,
            tab="product",
            questions=questions,
            page=page_of(found, number_in(request.query), PAGE_SIZE),
            names={each.shop_id: each.name for each in await self._services.registry.all()},
            shops=await self._services.registry.all(),
            notice=_notice(request),
        )

    async def by_shop(self, request: web.Request, session: Session) -> web.StreamResponse:
        questions = await self._services.questions()
        products, fields = Counter[str](), Counter[str]()
        for each in questions.products.values() if questions else ():
            products[each.shop_id] += bool(each.missing)
            fields[each.shop_id] += len(each.missing)
        shops = [shop for shop in await self._services.registry.all() if products[shop.shop_id]]
        shops.sort(key=lambda shop: (-products[shop.shop_id], shop.shop_id))
        return self._services.templates.page(
            "questions_by_shop.html",
            request,
            session,
            tab="shop",
            questions=questions,
            page=page_of(shops, number_in(request.query), PAGE_SIZE),
            products=products,
            fields=fields,
            notice=_notice(request),
        )

    async def question(self, request: web.Request, session: Session) -> web.StreamResponse:
        questions = await self._services.questions()
        asked = questions.asked.get(request.match_info["key"]) if questions else None
        if questions is None or asked is None:
            raise web.HTTPNotFound(text="No product needs this answer any more.\n")
        shop = text_in(request.query, "shop")
        waiting = [each for each in questions.of(asked.products) if shop in ("", each.shop_id)]
        return self._services.templates.page(
            "question.html",
            request,
            session,
            asked=asked,
            question=asked.stats.question,
            choices=asked.stats.question.choices[:SHOWN_CHOICES],
            page=page_of(waiting, number_in(request.query), PAGE_SIZE),
            proposal_of=lambda product: proposal_of(product, asked.stats.question.key),
            names={each.shop_id: each.name for each in await self._services.registry.all()},
            is_skipped=asked.stats.question.key in await read_skipped(self._services.redis),
            notice=_notice(request),
            intent=self._services.acting.new_intent(),
        )


def add_questions(app: web.Application, services: WebServices) -> None:
    pages = QuestionPages(services)
    show, router = services.guard.show, app.router
    router.add_get("/questions", show(pages.by_value))
    router.add_get("/questions/products", show(pages.by_product))
    router.add_get("/questions/shops", show(pages.by_shop))
    router.add_get(r"/questions/{key:g[0-9a-f]{16}}", show(pages.question))


def proposal_of(product: OpenProduct, key: str) -> object:
    """The proposed answer of this product to this question, or None. Pure."""
    return next((each.proposed for each in product.missing if each.question.key == key), None)


def _selected(questions: Questions, skipped: Mapping[str, Skipped], query: Mapping[str, str]) -> list[AskedQuestion]:
    text, kind, shop = text_in(query, "find").casefold(), text_in(query, "kind"), text_in(query, "shop")
    show = text_in(query, "show")
    return [
        each
        for each in questions.ranked
        if text
        in f"{(asked := each.stats.question).name} {asked.text} {asked.category} {' '.join(asked.codes)}".casefold()
        and kind in ("", asked.kind)
        and (not shop or shop in each.stats.shops)
        and (show != "proposed" or each.proposed)
        and (asked.key in skipped) == (show == "skipped")
    ]


def _searched(question: Question) -> str:
    return f"{question.name} {question.text} {question.category} {' '.join(question.codes)}".casefold()


def _notice(request: web.Request) -> str:
    return NOTICES.get(request.query.get("done", ""), "")
