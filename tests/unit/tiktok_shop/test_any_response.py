"""Any JSON in a response gives valid data or a TikTokShopError, and planning never fails on it."""

from __future__ import annotations

import contextlib
import copy
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import codec
from relisting.attributes import map_attributes
from relisting.changes import changes
from relisting.fingerprint import product_fingerprint
from relisting.measures import measure_problem
from relisting.merge import UnknownFields, merge, merge_warnings
from relisting.platform_check import check_body
from relisting.resolve import resolve
from relisting.validate import edit_warnings, validate
from tests.support.catalogue_builders import TREE
from tests.support.examples import at_most
from tests.support.get_product import products
from tiktok_shop import endpoints
from tiktok_shop.catalogue import Attribute, BrandList, CategoryRules
from tiktok_shop.errors import MalformedResponse, TikTokShopError
from tiktok_shop.fields import MalformedData, object_list
from tiktok_shop.parse import (
    parse_attributes,
    parse_brands,
    parse_categories,
    parse_rules,
    parse_shops,
)
from tiktok_shop.product_responses import why_not_editable
from tiktok_shop.response import Response, parse_response
from tiktok_shop.shop_client import ShopClient
from token_store.token_response import Tokens, parse_refresh, parse_token_response

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
)
json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("id"), inner, max_size=3),
    max_leaves=8,
)
DEEP: Any = None
for _ in range(200):
    DEEP = [DEEP]
odd = json | st.sampled_from((DEEP, 1e308, 10**400, "true", "[]", "{}"))
parsed = json | st.sampled_from((DEEP, 1e308, 2**64 - 1, "true", "[]", "{}"))
"""Values that orjson can return: it has no integers beyond 64 bits."""


def with_names(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Nested objects with known field names and values of any kind."""
    level = odd
    for _ in range(3):
        inner = level
        level = odd | st.lists(st.dictionaries(st.sampled_from(names), inner, max_size=6), max_size=2)
        level = level | st.dictionaries(st.sampled_from(names), inner, max_size=4)
    return st.dictionaries(st.sampled_from(names), level, max_size=8)


FEW = at_most(60)


@FEW
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("code", "message", "data", "request_id"), odd)) | odd)
def test_any_envelope_parses(envelope: Any) -> None:
    try:
        raw = orjson.dumps(envelope)
    except orjson.JSONEncodeError:
        raw = str(envelope).encode()
    for status in (200, 400, 429, 500):
        answer = parse_response(endpoints.EDIT_PRODUCT, status, raw, None)
        assert isinstance(answer, Response | TikTokShopError)
        assert str(answer)


@FEW
@given(st.binary(max_size=40), st.integers(100, 999))
def test_any_bytes_parse(raw: bytes, status: int) -> None:
    assert isinstance(parse_response(endpoints.GET_PRODUCT, status, raw, None), Response | TikTokShopError)


CATALOGUE = [
    "attributes",
    "id",
    "name",
    "local_name",
    "type",
    "is_requried",
    "values",
    "requirement_conditions",
    "condition_type",
    "attribute_id",
    "attribute_value_id",
    "metric_standards",
    "metric_value_modules",
    "units",
    "value_limit",
    "num_limit",
    "length_limit",
    "min_value",
    "max_length",
    "categories",
    "parent_id",
    "is_leaf",
    "permission_statuses",
    "product_certifications",
    "expiration_date",
    "is_required",
    "size_chart",
    "cod",
    "fees",
    "allowed_special_product_types",
    "brands",
    "authorized_status",
    "brand_status",
    "shops",
    "cipher",
    "region",
]


@FEW
@given(with_names(*CATALOGUE))
def test_any_catalogue_parses(data: dict[str, Any]) -> None:
    parse_shops(data)
    with contextlib.suppress(MalformedData):
        codec.load_categories(codec.dump(parse_categories(data)))
    with contextlib.suppress(MalformedData):
        codec.load_rules(codec.dump(parse_rules(data)))
    with contextlib.suppress(MalformedData):
        codec.load_brand_list(codec.dump(BrandList(parse_brands(object_list(data, "brands")), is_whole=True)))
    attributes: tuple[Attribute, ...] = ()
    with contextlib.suppress(MalformedData):
        attributes = codec.load_attributes(codec.dump(parse_attributes(data)))
    for attribute in attributes:
        for standard in attribute.metric_standards:
            modules = [{"id": module["id"], "value": "3"} for module in standard["metric_value_modules"]]
            measure_problem({"id": standard["id"], "metric_value_module_infos": modules}, attribute.metric_standards)


@FEW
@given(with_names("access_token", "refresh_token", "access_token_expire_in", "refresh_token_expire_in"))
def test_any_token_response_parses(data: dict[str, Any]) -> None:
    with contextlib.suppress(ValueError):
        parse_token_response(data, 1.8e9)
    with contextlib.suppress(MalformedResponse):
        parse_refresh(data, Tokens("a", "r", 1, 2), 1.8e9)


class _FixedTransport:
    """A transport that always returns the same data."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    async def send(self, *_: Any, **__: Any) -> Response:
        return Response(copy.deepcopy(self._data), "r")

    async def access_token(self) -> str:
        return "t"

    async def refreshed(self, expired: str) -> str:
        return "t"


RESPONSE_FIELDS = [
    "products",
    "next_page_token",
    "total_count",
    "product_id",
    "audit",
    "status",
    "warnings",
    "message",
    "skus",
    "uri",
    "url",
    "width",
    "height",
    "errors",
    "code",
    "detail",
    "leaf_category_id",
    "categories",
    "webhooks",
    "event_type",
    "address",
    "id",
    "title",
    "category_chains",
]


@FEW
@given(with_names(*RESPONSE_FIELDS))
async def test_operations_survive_any_data(data: dict[str, Any]) -> None:
    transport: Any = _FixedTransport(data)
    client = ShopClient(transport, transport, "c")
    for call in (
        lambda: client.get_product("1"),
        lambda: client.search_products({}),
        lambda: client.edit_product("1", {}),
        lambda: client.create_product({}),
        lambda: client.deactivate(["1"]),
        lambda: client.upload_image(b""),
        lambda: client.recommend_category({}),
        lambda: client.get_webhooks(),
        lambda: client.get_brands(),
        lambda: client.category_upgrade_task(),
    ):
        try:
            await call()
        except TikTokShopError:
            continue


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, each in inside for path in paths(each, (*at, name)))]


def planned(product: dict[str, Any], region: str) -> None:
    """Run the pure steps of a relist in order."""
    resolve(product, TREE)
    mapped = map_attributes(product, (), ())
    body = merge(product, "5", mapped.product_attributes)
    merge_warnings(product)
    product_fingerprint(product)
    if not isinstance(body, UnknownFields):
        validate(body, region, CategoryRules(), (), None, product=product)
        edit_warnings(body, region, CategoryRules())
        changes(product, body, "Home")
        check_body(product, body)
        orjson.dumps(body)


@given(products(), parsed, st.randoms(use_true_random=False), st.sampled_from(("US", "DE", "VN")))
@FEW
def test_plans_survive_any_value_in_any_field(product: dict[str, Any], value: Any, random: Random, region: str) -> None:
    product = copy.deepcopy(product)
    *way, last = random.choice(paths(product)[1:])
    inside: Any = product
    for step in way:
        inside = inside[step]
    inside[last] = value
    if not why_not_editable(product, str(product.get("id"))):
        planned(product, region)


@pytest.mark.parametrize("code", [False, True, 0.0, "", "x", "-1", "٣", "1" * 13, 1e400, None])
def test_non_integer_code_is_malformed(code: Any) -> None:
    raw = b'{"code": ' + (b"1e400" if code == 1e400 else orjson.dumps(code)) + b', "data": {}}'
    assert isinstance(parse_response(endpoints.EDIT_PRODUCT, 200, raw, None), MalformedResponse)
