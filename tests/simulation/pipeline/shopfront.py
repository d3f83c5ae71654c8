"""TikTok Shop in the world: the simulator's core, called in process, as a process that never fails.

Requests and webhooks are checked and answered as over HTTP, but without sockets.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson
from multidict import CIMultiDict
from yarl import URL

from simulator.api_error import ApiError
from simulator.operations import OPERATIONS, Operation
from simulator.options import SimulatorOptions
from simulator.server import Server
from simulator.shop import SimulatedShop
from simulator.trees import Trees
from simulator.webhooks import AUDIT_CHANGE, DEAUTHORIZATION
from tests.simulation.clocks import EPOCH
from tests.simulation.pipeline.seller_changes import KINDS, change_field, take_off_sale
from tests.simulation.pipeline.truth import EditCall, Truth
from tests.simulation.processes import Process, spawn
from tests.simulation.story import Story
from tests.simulation.telling import seller_act

WEBHOOK_SECONDS = 3.0
MIN_LATENCY, MAX_LATENCY = 0.004, 0.05
WEBHOOK_URL = "simulated://gateway"
WRITES = ("edit_product", "create_product")


@dataclass(slots=True)
class Request:
    """The parts of an aiohttp request that the simulator and the gateway read."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: CIMultiDict[str]
    raw: bytes = b""
    match_info: dict[str, str] = field(default_factory=dict)
    transport: None = None

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "application/octet-stream").partition(";")[0]

    async def read(self) -> bytes:
        return self.raw


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: str | None


class Shopfront:
    def __init__(
        self, seed: int, shops: int, products: int, story: Story, *, sellers: float, rejects: float, leaves: int = 0
    ) -> None:
        self.process = Process("the platform", Random(f"shopfront:{seed}"))
        self.story = story
        options = SimulatorOptions(
            seed=seed % 8,
            shops=shops,
            products=products,
            started_at=int(EPOCH),
            unlimited=True,
            webhook_url=WEBHOOK_URL,
            webhook_retry_seconds=(0.5, 2.0, 10.0, 30.0),
            audit_seconds=(0.1, 0.8),
            audit_reject_share=rejects,
            seller_changes_per_second=sellers,
            recommendation_wrong_share=0.0,
        )
        self.server = Server(options)
        if leaves:
            _keep_leaves(self.server.world.trees, leaves)
        self.server.webhooks._attempt = self._deliver  # type: ignore[method-assign]
        self.deliver: Callable[[Request], asyncio.Task[Any] | None] = lambda request: None
        """Gives a webhook to a gateway that is alive."""
        self.is_down = self.is_slow = False
        self.shops_down: set[str] = set()
        self.lost_answers: dict[str, int] = {}
        """Shop -> answers to edits that will be lost."""
        self.truth = Truth()
        self.truth.watch(self.server, story.note)
        self.edits = self.truth.edits
        self.recorded: Callable[[str, str], int] = lambda shop, product: 0
        """How many entries of a product the record has now."""
        self._own_changes = self._old_webhooks = 0
        self.reads: dict[tuple[Process, str], float] = {}
        self.seller_changes: dict[str, list[float]] = defaultdict(list)
        """Product -> times at which its seller changed it."""
        self.seller_moves: set[str] = set()
        """Products whose sellers moved them to another leaf."""
        change = self.server.sellers.change

        async def noted_change(*arguments: Any) -> dict[str, Any]:
            changed = await change(*arguments)
            self._note_change(changed)
            return changed

        self.server.sellers.change = noted_change  # type: ignore[method-assign]
        self.epoch: Callable[[], int] = lambda: 0
        self._routes = [
            (operation, version, re.compile(_pattern(operation.path.format(version=version))))
            for operation in OPERATIONS
            for version in operation.versions
        ]

    def start(self) -> None:
        async def begin() -> None:
            self.server.sellers.start()

        spawn(self.process, begin())

    @property
    def is_reviewing(self) -> bool:
        """Whether a review runs that ends without its seller, not one that waits for its seller or never ends."""
        return any(
            listing.pending is not None
            and not listing.stays_pending
            and listing.live["audit"]["status"] != "PRE_APPROVED"
            for shop in self.server.world.shops
            for listing in shop.touched.values()
        )

    async def answer(
        self, caller: Process, method: str, url: URL, headers: Mapping[str, str], raw: bytes
    ) -> Answer | None:
        """None for an answer that never arrives, whether or not the request was carried out.

        A sent request arrives, whatever happens to its sender.
        """
        return await asyncio.shield(spawn(self.process, self._carry_out(caller, method, url, headers, raw)))

    async def _carry_out(
        self, caller: Process, method: str, url: URL, headers: Mapping[str, str], raw: bytes
    ) -> Answer | None:
        await asyncio.sleep(self._latency(caller))
        if self.is_down:
            return Answer(503, b"service unavailable", None)
        request = Request(method, url.path, url.query, CIMultiDict(headers), raw)
        route = self._route(method, url.path)
        if route is None:
            return _answer(await self.server._elsewhere(request))  # type: ignore[arg-type]
        operation, version, request.match_info = route
        shop = self.server.world.by_cipher.get(url.query.get("shop_cipher", ""))
        if shop is not None and shop.shop_id in self.shops_down:
            return None
        if operation.name == "get_product":
            self.reads[caller, request.match_info["product"]] = asyncio.get_running_loop().time()
        reviewed_since = None
        if operation.name == "edit_product" and shop is not None:
            reviewed_since = self.truth.reviewed_since(self.server, shop, request.match_info["product"])
        answer = _answer(await self.server._answer(operation, version, request, raw))  # type: ignore[arg-type]
        if operation.name in WRITES and shop is not None:
            product = self._note_write(caller, shop, request, answer, reviewed_since)
            if product and self.lost_answers.get(shop.shop_id, 0) > 0:
                self.lost_answers[shop.shop_id] -= 1
                self.truth.answer_is_lost(shop.shop_id, product)
                self.story.note(f"the answer to the edit of {product[-8:]} is lost")
                return None
        await asyncio.sleep(self._latency(caller))
        return answer

    def _note_write(
        self, caller: Process, shop: SimulatedShop, request: Request, answer: Answer, reviewed_since: float | None
    ) -> str:
        """Notes an edit or a creation. Returns its product; empty if it was refused."""
        now = asyncio.get_running_loop().time()
        if b'"code":0,' not in answer.body[:12]:
            if b"daily listing quota" in answer.body:
                self.truth.refused_for_quota[shop.shop_id].append(now)
            return ""
        body = orjson.loads(request.raw)
        if "product" not in request.match_info:
            product = str(orjson.loads(answer.body)["data"]["product_id"])
            self.truth.submitted[product] = now
            self.truth.created[shop.shop_id, str(body.get("external_product_id"))].append(product)
            self.story.note(f"{caller.name} creates product {product[-8:]}")
            return product
        product = request.match_info["product"]
        read_at, recorded = self.reads.get((caller, product), -1.0), self.recorded(shop.shop_id, product)
        self.truth.submitted[product] = now
        if body.get("save_mode") == "AS_DRAFT":
            self.truth.audit_ends[product].append((now, "APPROVED"))  # Drafts are not audited.
        call = EditCall(now, caller, self.epoch(), read_at, body, reviewed_since, recorded)
        self.edits[shop.shop_id, product].append(call)
        self.story.note(f"{caller.name} edits product {product[-8:]}")
        return product

    def _note_change(self, changed: Mapping[str, Any]) -> None:
        product, now = str(changed["product_id"]), asyncio.get_running_loop().time()
        self.seller_changes[product].append(now)
        if changed["kind"] == "category":
            self.seller_moves.add(product)
        if changed["kind"] in ("title", *KINDS):
            self.truth.submitted[product] = now
        self.story.note(f"the seller {seller_act(changed['kind'], f'product {product[-8:]}')}")

    async def change(self, shop: int, kind: str) -> None:
        self._own_changes += 1
        try:
            if kind in KINDS:
                changed = change_field(self.server, self.server.world.shops[shop], kind, self._own_changes)
                self._note_change(changed)
            elif kind == "deactivate":
                self._note_change(take_off_sale(self.server, self.server.world.shops[shop]))
            else:
                await self.server.sellers.change(self.server.world.shops[shop], kind)
        except ApiError:
            self.story.note("the seller has no product that can be changed")

    def _route(self, method: str, path: str) -> tuple[Operation, str, dict[str, str]] | None:
        for operation, version, pattern in self._routes:
            if operation.method == method and (match := pattern.fullmatch(path)):
                return operation, version, match.groupdict()
        return None

    def _latency(self, caller: Process) -> float:
        latency = MIN_LATENCY + caller.random.random() * (MAX_LATENCY - MIN_LATENCY)
        return latency * 20 if self.is_slow else latency

    async def send_old_webhooks(self, shop: int, status: str) -> None:
        """Delivers this end of an audit, from before its edit, for each edited product under review."""
        owner = self.server.world.shops[shop]
        for listing in list(owner.touched.values()):
            if listing.pending is not None and listing.edits:
                product = int(listing.live["id"])
                data = {"product_id": product, "audit": {"status": status}, "update_time": int(EPOCH) - 100}
                head = {"type": AUDIT_CHANGE, "shop_id": owner.shop_id, "timestamp": int(EPOCH)}
                self._old_webhooks += 1
                raw = orjson.dumps({**head, "tts_notification_id": f"old-{self._old_webhooks}", "data": data})
                await self._deliver(WEBHOOK_URL, raw)
        # Nobody who lacks the app's secret may say that a seller has withdrawn the consent.
        head = {"type": DEAUTHORIZATION, "shop_id": owner.shop_id, "timestamp": int(EPOCH), "data": {}}
        forged = orjson.dumps({**head, "tts_notification_id": f"forged-{self._old_webhooks}"})
        self.deliver(Request("POST", "/webhooks", {}, CIMultiDict(authorization="0" * 64), forged))

    async def _deliver(self, address: str, raw: bytes) -> bool:
        """One attempt to deliver a webhook."""
        from tiktok_shop.signing import sign_webhook

        options = self.server.world.options
        signature = sign_webhook(options.app_key, options.app_secret, raw)
        await asyncio.sleep(0.002)
        received = self.deliver(Request("POST", "/webhooks", {}, CIMultiDict(authorization=signature), raw))
        if received is None:
            return False
        await asyncio.wait({received}, timeout=WEBHOOK_SECONDS)
        return received.done() and not received.cancelled() and received.result().status == 200


def _keep_leaves(trees: Trees, number: int) -> None:
    """Puts every product into one of this many leaves, which exist and are open in both trees."""
    plain = (each for each in trees.v1_leaves if each in trees.v2 and each not in trees.splits)
    open_leaves = [each for each in plain if trees.v2[each].leaf and trees.v2[each].permissions == ("AVAILABLE",)]
    trees.v1_leaves[:] = open_leaves[:number]


def _pattern(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)


def _answer(response: Any) -> Answer:
    body = response.body if isinstance(response.body, bytes) else str(response.text or "").encode()
    return Answer(response.status, body, response.headers.get("retry-after"))
