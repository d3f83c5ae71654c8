"""All log actions and fields are in the vocabulary, and its page is up to date."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.logging.events import EVENTS, FIELDS
from config.logging.page import PAGE, page
from config.logging.redaction import mask_event
from tests.support.rooms import rooms

ROOT = Path(__file__).parents[3]
PACKAGES = [room for room in rooms() if room != "simulator"]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of `log.<level>(...)`, and its place."""
    for file in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in LEVELS and isinstance(node.func.value, ast.Name) and node.func.value.id == "log":
                yield f"{file}:{node.lineno}", node


def logged() -> set[str]:
    """The first argument of each call; a call without a literal is reported as `file:line`."""
    found = set()
    for where, node in log_calls():
        first = node.args[0] if node.args else None
        plain = isinstance(first, ast.Constant) and isinstance(first.value, str)
        found.add(str(first.value) if plain and isinstance(first, ast.Constant) else where)
    return found


def test_actions_in_code_and_vocabulary_are_the_same() -> None:
    assert logged() == set(EVENTS)


def test_fields_in_code_and_vocabulary_are_the_same() -> None:
    """A new field, such as a title or a body, is logged only after a review of this list and its guarantees."""
    given = {word.arg or where for where, node in log_calls() for word in node.keywords}
    # `**about` of a job's line: worker/job_log.py
    about = {name for name in given if ":" in name}
    assert {name.rpartition(":")[0] for name in about} == {str(ROOT / "worker/job_log.py")}
    assert (given - about) | {"shop_id", "job_id", "kind", "attempt", "product_id", "trace_id", "suppressed"} == set(
        FIELDS
    )


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "make generated"


@pytest.mark.parametrize(
    "name", ["access_token", "APP_SECRET", "shop_cipher", "authorization", "redis_password", "sign"]
)
def test_fields_with_secret_names_are_masked(name: str) -> None:
    assert mask_event(None, "info", {"event": "x", name: "canary"})[name] == "***"
