"""How requests are signed, checked and refused. Nothing is changed on the platform."""

from __future__ import annotations

import secrets

from calibration.findings import Finding, Inconclusive, Measured, Observed
from calibration.leaves import CATEGORIES
from calibration.response import RawResponse, request_ids, rows, text
from calibration.workbench import PRODUCTS, SEARCH, Workbench

BRANDS = "/product/202309/brands"
ONE = {"page_size": "1"}
WRONG_SIGNATURE, UNKNOWN_PATH, WRONG_REQUEST, TWO_CONTENT_TYPES = 106001, 36009009, 36009004, 36009022


async def empty_object_signed(bench: Workbench) -> list[Finding]:
    """Send `{}` signed with these two bytes; if that is refused, send it signed without them."""
    with_it = await _probe(bench, "POST", SEARCH, content=b"{}", query=ONE)
    if with_it.accepted:
        return [Measured("empty_object_signed", True, f"signed with the body: {with_it}", request_ids(with_it))]
    without = await _probe(bench, "POST", SEARCH, content=b"{}", signed=b"", query=ONE)
    if without.accepted:
        evidence = f"signed with the body: {with_it}; signed without it: {without}"
        return [Measured("empty_object_signed", False, evidence, request_ids(with_it, without))]
    raise Inconclusive(f"neither signature is accepted: {with_it}; {without}")


async def empty_list_body(bench: Workbench) -> list[Finding]:
    response = await _probe(bench, "POST", SEARCH, content=b"[]", query=ONE)
    return [
        Measured("empty_list_body", response.accepted, f"a search with the body []: {response}", request_ids(response))
    ]


async def numeric_booleans(bench: Workbench) -> list[Finding]:
    """A 1 may be refused, or accepted and ignored: compare the brands with those of `true` and `false`."""
    query = {"page_size": "100", "category_version": "v2"}
    one, zero, true, false = [
        await _probe(bench, "GET", BRANDS, query={**query, "is_authorized": value})
        for value in ("1", "0", "true", "false")
    ]
    if not (true.accepted and false.accepted):
        raise Inconclusive(f"brands cannot be listed: {true}; {false}")
    ids = request_ids(one, zero)
    if not (one.accepted and zero.accepted):
        return [Measured("numeric_booleans", False, f"is_authorized=1: {one}; is_authorized=0: {zero}", ids)]
    shown = [
        frozenset(text(each, "id") for each in rows(response.data, "brands")) for response in (one, zero, true, false)
    ]
    if shown[2] == shown[3]:
        raise Inconclusive("the shop's brands are the same with is_authorized true and false")
    works = (shown[0], shown[1]) == (shown[2], shown[3])
    return [Measured("numeric_booleans", works, "1 and 0 are accepted" + ("" if works else ", and ignored"), ids)]


async def business_error_status(bench: Workbench) -> list[Finding]:
    """Ask for a category that does not exist."""
    response = await _probe(bench, "GET", f"{CATEGORIES}/1/attributes", query={"category_version": "v2"})
    if not 12_000_000 <= response.code < 13_000_000:
        response = await _probe(bench, "GET", f"{PRODUCTS}/1")
    if not 12_000_000 <= response.code < 13_000_000:
        raise Inconclusive(f"an unknown category and an unknown product lead to no business error: {response}")
    if response.status not in (200, 400):
        raise Inconclusive(f"business errors come with HTTP {response.status}, which the fact does not know")
    return [
        Measured("business_error_status", response.status, f"an unknown category: {response}", request_ids(response))
    ]


async def bad_token(bench: Workbench) -> list[Finding]:
    response = await bench.wire.patient("POST", SEARCH, f"calibration-{secrets.token_hex(8)}", content=b"", query=ONE)
    if response.accepted:
        raise Inconclusive("an invented token is accepted")
    if response.code not in (36009004, 36009005):
        raise Inconclusive(f"an invented token is {response}, which the fact does not know")
    return [Measured("bad_token", response.code, f"an invented token: {response}", request_ids(response))]


async def token_in_query(bench: Workbench) -> list[Finding]:
    token = await bench.wire.tokens.access_token()
    response = await bench.wire.patient("POST", SEARCH, token, query=ONE, carrier="query")
    if not response.accepted and not response.has_refused_token and response.code != WRONG_REQUEST:
        raise Inconclusive(f"a token in the query alone: {response}")
    return [
        Measured("token_in_query", response.accepted, f"a token in the query alone: {response}", request_ids(response))
    ]


async def signature_refused(bench: Workbench) -> list[Finding]:
    response = await _probe(bench, "POST", SEARCH, query=ONE, signature="0" * 64)
    agrees = (response.code, response.status) == (WRONG_SIGNATURE, 401)
    return [Observed("signature_refused", agrees, f"a wrong signature: {response}", request_ids(response))]


async def wrong_app_key(bench: Workbench) -> list[Finding]:
    response = await _probe(bench, "POST", SEARCH, query=ONE, app_key="calibration", signature="0" * 64)
    agrees = (response.code, response.status) == (WRONG_REQUEST, 400)
    return [Observed("wrong_app_key", agrees, f"a wrong app key: {response}", request_ids(response))]


async def unknown_path(bench: Workbench) -> list[Finding]:
    response = await _probe(bench, "GET", "/product/202309/calibration")
    agrees = (response.code, response.status) == (UNKNOWN_PATH, 404)
    return [Observed("unknown_path", agrees, f"an unknown path: {response}", request_ids(response))]


async def two_content_types(bench: Workbench) -> list[Finding]:
    repeated = [("content-type", "application/json")]
    response = await _probe(bench, "POST", SEARCH, content=b'{"status":"ALL"}', query=ONE, headers=repeated)
    agrees = response.code == TWO_CONTENT_TYPES
    return [Observed("two_content_types", agrees, f"two Content-Type lines: {response}", request_ids(response))]


async def shop_cipher_placement(bench: Workbench) -> list[Finding]:
    with_it = await _probe(bench, "GET", "/authorization/202309/shops")
    without = await _probe(bench, "POST", SEARCH, query=ONE, takes_cipher=False)
    agrees = with_it.code == WRONG_REQUEST and without.code == 106013
    evidence = f"a cipher for /authorization: {with_it}; none for a search: {without}"
    return [Observed("shop_cipher_placement", agrees, evidence, request_ids(with_it, without))]


async def consent_covers_shops(bench: Workbench) -> list[Finding]:
    response = await bench.wire.exchange("GET", "/authorization/202309/shops", takes_cipher=False)
    count = len([*rows(response.data, "shops")])
    if not count:
        raise Inconclusive(f"the authorised shops cannot be listed: {response}")
    evidence = f"the tokens cover {count} shop{'' if count == 1 else 's'}"
    return [Measured("consent_covers_shops", 1 if count == 1 else 3, evidence, request_ids(response))]


async def _probe(bench: Workbench, method: str, path: str, **options: object) -> RawResponse:
    """Send a possibly wrong request with the right token; a platform failure is repeated. Raises Inconclusive."""
    for _ in range(4):
        response = await bench.wire.patient(method, path, await bench.wire.tokens.access_token(), **options)
        if not response.is_transient:
            return response
    raise Inconclusive(f"the platform fails: {response}")
