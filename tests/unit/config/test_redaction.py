"""Redaction by field name and by pattern, at any depth and in tracebacks."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from config.logging.redaction import MAX_QUOTING_LENGTH, mask_event, mask_quotations, mask_text
from config.logging.setup import configure_logging

CANARY = "c4n4ry-0f-the-tests"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /api/v2/token/refresh?app_key=k&app_secret={CANARY}&x=1",
        f"/product/202309/products?sign={CANARY}&timestamp=1",
        f"{{'access_token': '{CANARY}', 'shop': 1}}",
        f'{{"refresh_token":"{CANARY}"}}',
        f"Authorization: Bearer {CANARY}",
        f"x-tts-access-token: {CANARY}",
        f"RELIST_TOKEN_KEY={CANARY}",
        f"the token TTP_{CANARY} has ended",
        f"cipher ROW_{CANARY}",
        f"rediss://worker:{CANARY}@redis:6379/0 does not answer",
        f"redis://:{CANARY}@redis:6379/0",
        f"{CANARY}@example.com",
        f"from <{CANARY}@mail.example.co.uk>, seen twice",
    ],
)
def test_secrets_are_recognised_by_pattern(text: str) -> None:
    assert CANARY not in mask_text(text)
    assert CANARY not in str(mask_event(None, "info", {"event": text, "problems": [{"deep": (text,)}]}))


@pytest.mark.parametrize("number", ["+1 415-555-2671", "+49 30 901820", "+6281234567890", "(415) 555-2671"])
def test_phone_numbers_are_recognised(number: str) -> None:
    assert mask_text(f"call {number} now") == "call *** now"


@pytest.mark.parametrize(
    "text",
    [
        "shop 7494000000000000001: product 1729000000000000001 needs attribute 100392",
        "2026-11-24T05:00:00Z", "HTTP 503", "unix:///tmp/redis.sock", "https://open-api.tiktokglobalshop.com/product",
        "the design=new one is assigned: yes", "reasons: brand_missing (3), 12052208", "row_attributes",
        "RELIST_TOKEN_KEY is not set", "3+4 = 7 (exactly)", "attempt 2/5 at 10.0.0.1:6379",
    ],
)  # fmt: skip
def test_useful_text_is_kept(text: str) -> None:
    assert mask_text(text) == text


def test_secret_and_personal_fields_are_masked_by_name() -> None:
    names = ("access_token", "app_secret", "shop_cipher", "sign", "email", "buyer_name", "seller_name", "phone")
    event = dict.fromkeys(names, CANARY) | {"shop_id": "1", "design": "kept", "inner": {"password": CANARY}}
    assert mask_event(None, "info", event) == {
        **dict.fromkeys(names, "***"), "shop_id": "1", "design": "kept", "inner": {"password": "***"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        ('edit_product: The title "Jane Doe\'s ring" is not allowed, code 12052104, request 2026',
         'edit_product: The title "***" is not allowed, code 12052104, request 2026'),
        ("contact 'Müller' is unknown", "contact '***' is unknown"),
        ("write to “Jane Doe, 1 High Street” first", "write to “***” first"),
        ("the shop's token isn't accepted", "the shop's token isn't accepted"),
        ("unknown field 'main_images' and \"skus[0].price\"", "unknown field 'main_images' and \"skus[0].price\""),
    ],
)  # fmt: skip
def test_quoted_text_is_removed_and_field_names_stay(message: str, logged: str) -> None:
    for name in ("error", "reason"):
        assert mask_event(None, "info", {"event": "x", name: message})[name] == logged
    assert mask_event(None, "info", {"event": "x", "path": message})["path"] == message


def test_a_long_message_is_cut() -> None:
    assert len(mask_quotations("word " * 1000)) == MAX_QUOTING_LENGTH + len("...")


@given(st.text())
def test_masking_is_idempotent_for_any_text(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)
    assert mask_quotations(mask_quotations(text)) == mask_quotations(text)


def test_masking_long_text_is_fast() -> None:
    """Patterns that backtrack from every position would take minutes for these texts."""
    for part in ("a@", "+1 ", "sign=", "a.", "(", "://:", "x" * 10, "'", "' a", ' "'):
        mask_text(part * 5_000)
        mask_quotations(part * 5_000)


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging(request.param, "INFO")
    yield stream
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def test_tracebacks_of_libraries_are_masked(written: io.StringIO) -> None:
    for log in (structlog.get_logger(), logging.getLogger("aiohttp.server")):
        try:
            try:
                raise ValueError(f"https://auth.example.com/refresh?app_secret={CANARY}")
            except ValueError as cause:
                raise RuntimeError(f"{CANARY}@example.com") from cause
        except RuntimeError:
            log.exception("job_unhandled_exception")
    logging.getLogger("arq").warning("%s", f"access_token={CANARY}")
    text = written.getvalue()
    assert CANARY not in text
    assert text.count("RuntimeError") >= 2
    if text.startswith("{"):
        assert all(json.loads(line) for line in text.splitlines())


class Input(BaseModel):
    price: int


def test_a_traceback_keeps_code_but_not_quoted_text(written: io.StringIO) -> None:
    title = "Jane Doe 1 High Street"
    for log in (structlog.get_logger(), logging.getLogger("aiohttp.server")):
        try:
            try:
                int(title)
            except ValueError:
                Input.model_validate({"price": title})
        except ValidationError:
            log.exception("job_unhandled_exception")
        try:
            raise ExceptionGroup("several", [ValueError(f"bad title {title!r}"), KeyError("main_images")])
        except ExceptionGroup:
            log.exception("job_unhandled_exception")
    text = written.getvalue()
    assert "High Street" not in text
    assert "ValidationError" in text
    assert "Input.model_validate({" in text.replace("\\", "")
    assert "KeyError: 'main_images'" in text
