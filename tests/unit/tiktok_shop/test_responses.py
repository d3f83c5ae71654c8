"""What the platform sends, sloppy or broken, becomes data or the right kind of error."""

from __future__ import annotations

import orjson
import pytest

from tiktok_shop import endpoints, errors
from tiktok_shop.parse import parse_attributes, parse_brands, parse_categories, parse_rules
from tiktok_shop.product_responses import doubtful_product
from tiktok_shop.search_window import SearchCursor, advance, begin, halve, overflows, request
from tiktok_shop.transport import Answer, parse_response
from token_store.tokens import parse_tokens


def error_of(status: int, body: object, retry_after: float | None = None) -> errors.TikTokShopError:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = parse_response(endpoints.EDIT_PRODUCT, status, raw, retry_after)
    assert isinstance(answer, errors.TikTokShopError)
    return answer


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (429, 36009002, "too many requests", errors.Throttled),
        (200, 36009002, "too many requests", errors.Throttled),
        (200, 105002, "expired", errors.AuthFailed),
        (200, 12052093, "quota", errors.QuotaExceeded),
        (200, 12052038, "locked", errors.ProductLocked),
        (400, 12052217, "v1 refused", errors.StaleCatalogue),
        (200, 12052208, "brand", errors.ProductProblem),
        (400, 5001001, "size chart", errors.ProductProblem),
        (200, 12052260, "no such product", errors.ProductNotFound),
        (200, 12052700, "inactive seller", errors.ShopBlocked),
        (500, 36009003, "internal", errors.Transient),
        (401, 106001, "bad signature", errors.InvalidAppCredentials),
        (400, 36009004, "Invalid app_key", errors.InvalidAppCredentials),
        (400, 36009004, "Invalid x-tts-access-token", errors.AuthFailed),
        (400, 36009004, "Invalid credentials. The access token is invalid.", errors.AuthFailed),
        (400, 36009004, "bad token", errors.AuthFailed),
        (400, 36009004, "Invalid page_token", errors.BadRequest),
        (400, 36009004, "Invalid shop_cipher", errors.InvalidShopCipher),
        (200, 101000, "token does not match the shop_cipher", errors.InvalidShopCipher),
        (400, 36009004, "Invalid timestamp", errors.ClockSkewed),
        (401, 99, "unknown", errors.AuthFailed),
        (400, 36009004, "shop_cipher is not required", errors.BadRequest),
        (400, 36009004, "Access token is expired", errors.AuthFailed),
        (503, 99, "unknown", errors.Transient),
        (200, 99, "unknown", errors.BadRequest),
    ],
)
def test_the_code_decides_before_the_status(
    status: int, code: int, message: str, kind: type[errors.TikTokShopError]
) -> None:
    error = error_of(status, {"code": code, "message": message, "request_id": "20261124"})
    assert type(error) is kind
    assert (error.code, error.request_id, error.endpoint) == (code, "20261124", "edit_product")


@pytest.mark.parametrize(
    ("status", "raw", "kind"),
    [
        (200, b"<html>", errors.NonApiResponse),
        (200, b'{"code":"0"}', errors.NonApiResponse),
        (200, b'{"code":0,"data":[]}', errors.MalformedResponse),
        (502, b"bad gateway", errors.Transient),
        (429, b"", errors.Throttled),
        (403, b"<html>denied by the edge</html>", errors.NonApiResponse),
        (401, b"", errors.NonApiResponse),
    ],
)
def test_answers_without_an_envelope(status: int, raw: bytes, kind: type[errors.TikTokShopError]) -> None:
    error = error_of(status, raw, 3.0)
    assert type(error) is kind
    if isinstance(error, errors.Throttled):
        assert error.retry_after == 3.0
    if isinstance(error, errors.Transient):
        assert error.outcome_unknown, "an edit without a readable answer may have been carried out"


def test_success_without_data_is_success() -> None:
    assert parse_response(endpoints.UPGRADE_TASK, 200, b'{"code":0,"request_id":"r"}', None) == Answer({}, "r")


def test_secrets_in_a_message_are_cut_out() -> None:
    error = error_of(200, {"code": 1, "message": 'bad access_token=TTP_abc123, sign: "deadbeef" shop_cipher=ROW_x'})
    for secret in ("TTP_abc123", "deadbeef", "ROW_x"):
        assert secret not in str(error)


@pytest.mark.parametrize(
    ("code", "field"),
    [
        (12052208, "brand_id"),
        (12052222, "is_cod_allowed"),
        (12052223, "category_id"),
        (12052105, "certifications"),
        (12052529, "product_attributes"),
        (12052931, "title"),
        (5001001, "size_chart"),
        (12052910, None),
        (0x7FFFFFFF, None),
    ],
)
def test_a_refusal_names_what_it_is_about(code: int, field: str | None) -> None:
    assert error_of(200, {"code": code, "message": "refused"}).field == field


def test_a_wrapper_tells_what_it_wraps() -> None:
    extra = [{"code": 12052931, "message": "the title has an emoji"}, None, {"code": 1}]
    told = {"code": 12052990, "message": "check failed", "data": {"errors": [{"detail": {"extra_errors": extra}}]}}
    assert error_of(200, told).message == "check failed; the title has an emoji (12052931)"


@pytest.mark.parametrize(
    "message",
    [
        "Attribute Design is required",
        "The design: floral is not in the list",
        "Assign a brand, then sign in to Seller Center",
        "unexpected shop_cipher, it is not required here",
        "the refresh token has ended",
    ],
)
def test_words_for_people_are_no_secrets(message: str) -> None:
    assert error_of(200, {"code": 1, "message": message}).message == message


@pytest.mark.parametrize(
    "message", ["access token TTP_abc123 is unknown", "x-tts-access-token: TTP_abc123", "shop_cipher 'TTP_abc123'"]
)
def test_a_secret_is_told_by_its_look_where_only_space_is_between(message: str) -> None:
    assert "TTP_abc123" not in error_of(200, {"code": 1, "message": message}).message


def test_attributes_with_the_platforms_own_spelling() -> None:
    wire = {
        "attributes": [
            {
                "id": 100392,
                "name": "Material",
                "type": "PRODUCT_PROPERTY",
                "is_requried": True,
                "values": [{"id": "1001533", "name": "Cotton"}],
                "requirement_conditions": [
                    {"condition_type": "VALUE_ID_MATCH", "attribute_id": "1", "attribute_value_id": 2}
                ],
            },
            {"id": "2", "name": "Size", "type": "SALES_PROPERTY", "values": None},
        ]
    }
    material, size = parse_attributes(wire)
    assert (material.id, material.is_required, material.values[0].name) == ("100392", True, "Cotton")
    assert (material.conditions[0].attribute_id, material.conditions[0].value_id) == ("1", "2")
    assert (size.type, size.values, size.is_required) == ("SALES_PROPERTY", (), False)


def test_rules_with_a_list_that_came_quoted() -> None:
    rules = parse_rules(
        {
            "allowed_special_product_types": '["PRE_OWNED"]',
            "size_chart": {"is_supported": True, "is_required": "true"},
            "product_certifications": [{"id": "7", "name": "CE", "is_required": False}],
            "manufacturer": None,
        }
    )
    assert rules.allowed_special_product_types == ("PRE_OWNED",)
    assert rules.size_chart_required
    assert rules.certifications[0].name == "CE"
    assert not rules.manufacturer_required


def test_brands_are_authorised_only_by_the_exact_word() -> None:
    one, two, three = parse_brands(
        [
            {"id": "1", "name": "A", "authorized_status": "AUTHORIZED", "brand_status": "AVAILABLE"},
            {"id": "2", "name": "B", "authorized_status": "UNAUTHORIEZD", "is_t1_brand": True},
            {"id": "3", "name": "C"},
        ]
    )
    assert (one.is_authorized, one.is_available) == (True, True)
    assert (two.is_authorized, two.is_t1, two.is_available) == (False, True, None)
    assert not three.is_authorized


def test_categories_keep_their_parents() -> None:
    root, leaf = parse_categories(
        {"categories": [{"id": "1", "parent_id": "0", "local_name": "Home", "is_leaf": False}, {"id": 2, "is_leaf": 1}]}
    )
    assert (root.parent_id, root.name, leaf.id, leaf.is_leaf) == ("0", "Home", "2", True)


GOOD = {
    "id": "1",
    "title": "T",
    "status": "ACTIVATE",
    "skus": [{"id": "9"}],
    "category_chains": [{"id": "5", "is_leaf": True}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "2"},
        {"skus": []},
        {"skus": [{}]},
        {"category_chains": None},
        {"title": 1},
        {"status": ""},
        {"description": 7},
        {"skus": [{"id": -1}]},
        {"skus": [{"id": True}]},
        {"main_images": {"uri": "x"}},
        {"search_terms": [[]]},
        {"is_cod_allowed": -1},
        {"certifications": [{"id": "1", "expiration_date": "soon"}]},
        {"package_weight": {"value": 1.5e300}},
        {"main_images": ["x"]},
    ],
)
def test_a_doubtful_product_is_never_edited(change: dict[str, object]) -> None:
    assert doubtful_product(GOOD, "1") == ""
    assert doubtful_product({**GOOD, **change}, "1")


@pytest.mark.parametrize("missing", ["access_token", "refresh_token", "access_token_expire_in"])
def test_half_a_token_answer_is_refused(missing: str) -> None:
    whole = {
        "access_token": "a",
        "access_token_expire_in": 1660556783,
        "refresh_token": "r",
        "refresh_token_expire_in": 1691487031,
    }
    assert "token=" not in repr(parse_tokens(whole))
    with pytest.raises(errors.MalformedResponse):
        parse_tokens({name: value for name, value in whole.items() if name != missing})


def test_a_second_is_not_halved() -> None:
    with pytest.raises(ValueError, match="single second"):
        halve(SearchCursor(5, 5, "", ()))
    assert not overflows(SearchCursor(5, 5, "", ()), 10**9), "it is read as far as it goes"


def test_slices_cover_every_second_exactly_once_however_often_they_are_halved() -> None:
    cursor: SearchCursor | None = begin(1000)
    seen: list[int] = []
    while cursor is not None:
        cursor = SearchCursor.load(orjson.loads(orjson.dumps(cursor.dump())))
        if overflows(cursor, 10_000 if cursor.last - cursor.first > 100 else 50):
            cursor = halve(cursor)
            continue
        body, _ = request(cursor, {"category_version": "v1"})
        seen.extend(range(body["update_time_ge"], body["update_time_le"] + 1))
        cursor = advance(cursor, 50, "")
    assert seen == list(range(1001))
