"""Signatures match the public test vectors and depend on exactly the signed parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_shop.signing import UNSIGNED_PARAMETERS, sign_request, sign_webhook
from tiktok_shop.webhooks import parse_webhook, verify_webhook

WEBHOOK = (
    b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,'
    b'"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}'
)
WEBHOOK_SIGNATURE = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"


@pytest.mark.parametrize(
    ("secret", "path", "query", "body", "expected"),
    [
        (
            "e59af819cc",
            "/authorization/202309/shops",
            {"app_key": "29a39d", "timestamp": "1623812664"},
            b"",
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
        ),
        (
            "app_secret",
            "/test-api",
            {"foo": "bar"},
            b"",
            "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f",
        ),
        (
            "e59af819cc",
            "/event/202309/webhooks",
            {
                "app_key": "68xu9ks5p4i8",
                "timestamp": "1696909648",
                "shop_cipher": "ROW_xkMbgAAAeVAQra0eZWebFQq5aIKt",
            },
            b'{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}',
            "a75b9c8cd57140cab6dc95bf31c37bd6ffface74210768b6517c0ff81659b0ba",
        ),
    ],
)
def test_public_request_vectors(secret: str, path: str, query: dict[str, str], body: bytes, expected: str) -> None:
    assert sign_request(secret, path, query, body) == expected


def test_public_webhook_vector() -> None:
    assert sign_webhook("abcdef", "123", WEBHOOK) == WEBHOOK_SIGNATURE
    assert verify_webhook("abcdef", "123", WEBHOOK, WEBHOOK_SIGNATURE)


@pytest.mark.parametrize("forged", ["", "5dec", WEBHOOK_SIGNATURE.upper(), "Bearer " + WEBHOOK_SIGNATURE, "é"])
def test_forged_webhook_is_refused(forged: str) -> None:
    assert not verify_webhook("abcdef", "123", WEBHOOK, forged)
    assert not verify_webhook("abcdef", "123", WEBHOOK + b" ", WEBHOOK_SIGNATURE)


words = st.text(max_size=8)
parameters = st.dictionaries(words.filter(lambda name: name not in UNSIGNED_PARAMETERS), words, max_size=5)
bodies = st.binary(max_size=30)


@given(parameters, bodies, st.data())
def test_order_and_unsigned_parameters_do_not_matter(query: dict[str, str], body: bytes, data: st.DataObject) -> None:
    signed = sign_request("s", "/p", query, body)
    assert len(signed) == 64
    unsigned = {name: data.draw(words) for name in UNSIGNED_PARAMETERS}
    together = {**query, **unsigned}
    again = {name: together[name] for name in data.draw(st.permutations(list(together)))}
    assert sign_request("s", "/p", again, body) == signed


@given(parameters, bodies, words, words, st.data())
def test_any_signed_part_changes_the_signature(
    query: dict[str, str], body: bytes, more: str, other: str, data: st.DataObject
) -> None:
    more = more or "x"
    signed = sign_request("s", "/p", query, body)
    assert sign_request("s" + more, "/p", query, body) != signed
    assert sign_request("s", "/p" + more, query, body) != signed
    assert sign_request("s", "/p", query, body + b" ") != signed
    assert sign_request("s", "/p", query, b" " + body) != signed
    for name in query:
        if other != query[name]:
            assert sign_request("s", "/p", {**query, name: other}, body) != signed
        if name + query[name]:
            without = {each: value for each, value in query.items() if each != name}
            assert sign_request("s", "/p", without, body) != signed
    new = more + data.draw(words)
    if new not in query and new not in UNSIGNED_PARAMETERS:
        assert sign_request("s", "/p", {**query, new: other}, body) != signed


@given(parameters, bodies)
def test_multipart_body_is_not_signed(query: dict[str, str], body: bytes) -> None:
    assert sign_request("s", "/p", query, body, multipart=True) == sign_request("s", "/p", query)


@given(words, words, bodies, words.filter(bool))
def test_changed_webhook_fails_verification(key: str, secret: str, raw: bytes, more: str) -> None:
    signed = sign_webhook(key, secret, raw)
    assert verify_webhook(key, secret, raw, signed)
    assert not verify_webhook(key + more, secret, raw, signed)
    assert not verify_webhook(key, secret, raw + b" ", signed)
    assert not verify_webhook(key, secret + "x", raw, signed)


def test_webhook_ids_are_strings() -> None:
    for raw in (b'{"type":5,"shop_id":"7","data":{"product_id":1729592969712207008}}',) * 1 + (
        b'{"type":18,"shop_id":7,"data":{"product_id":"1729592969712207008"}}',
    ):
        webhook = parse_webhook(raw)
        assert (webhook.shop_id, webhook.product_id) == ("7", "1729592969712207008")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object"),
        (b'{"type":"5","shop_id":"7","data":{}}', "type"),
        (b'{"type":5,"data":{}}', "shop_id"),
        (b'{"type":5,"shop_id":"7"}', "data"),
    ],
)
def test_malformed_webhook_names_the_field(raw: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_webhook(raw)
