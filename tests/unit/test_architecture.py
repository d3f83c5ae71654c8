"""Imports point one way: every room imports only the rooms below it."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from tests.support.rooms import rooms

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, frozenset[str]] = {
    "config": frozenset(),
    "facts": frozenset(),
    "model": frozenset(),
    "tables": frozenset(),
    "redis_client": frozenset(),
    "http_server": frozenset({"config"}),
    "tracing": frozenset({"config", "model"}),
    "tiktok_shop": frozenset({"facts"}),
    "token_store": frozenset({"redis_client", "tiktok_shop"}),
    "shop_queue": frozenset({"model", "redis_client"}),
    "authorisation": frozenset(
        {"config", "model", "redis_client", "shop_queue", "tables", "tiktok_shop", "token_store"}
    ),
    "relisting": frozenset({"model", "tiktok_shop"}),
    "proposals": frozenset({"tiktok_shop"}),
    "catalogue": frozenset({"proposals", "redis_client", "relisting", "tiktok_shop"}),
    "rollout": frozenset({"redis_client"}),
    "record": frozenset({"model", "redis_client", "relisting"}),
    "mapping_studio": frozenset({"proposals", "relisting", "tiktok_shop"}),
    "worker": frozenset(
        {"authorisation", "catalogue", "config", "facts", "http_server", "model", "proposals", "record", "redis_client"}
        | {"relisting", "rollout", "shop_queue", "tables", "tiktok_shop", "token_store", "tracing"}
    ),
    "producers": frozenset({"config", "model", "record", "redis_client", "shop_queue", "tiktok_shop"}),
    "worklist": frozenset({"model", "redis_client", "shop_queue", "tables"}),
    "monitoring": frozenset(
        {
            "authorisation",
            "config",
            "model",
            "producers",
            "redis_client",
            "rollout",
            "shop_queue",
            "tiktok_shop",
            "token_store",
        }
    ),
    "undo": frozenset({"catalogue", "model", "record", "redis_client", "relisting", "shop_queue", "tiktok_shop"}),
    "reports": frozenset({"record", "redis_client", "shop_queue", "worklist"}),
    "web_ui": frozenset(
        {"catalogue", "config", "model", "monitoring", "producers", "record", "redis_client", "relisting", "rollout"}
        | {"reports", "shop_queue", "tables", "tiktok_shop", "undo", "worklist"}
    ),
    "gateway": frozenset(
        {"authorisation", "config", "http_server", "model", "monitoring", "producers", "record", "redis_client"}
        | {"shop_queue", "tiktok_shop", "token_store", "tracing", "web_ui"}
    ),
    "demo": frozenset({"model", "redis_client", "shop_queue", "tiktok_shop", "token_store"}),
    "console": frozenset(
        {
            "authorisation",
            "calibration",
            "catalogue",
            "config",
            "demo",
            "facts",
            "gateway",
            "model",
            "monitoring",
            "producers",
            "record",
        }
        | {
            "mapping_studio",
            "redis_client",
            "relisting",
            "rollout",
            "shop_queue",
            "simulator",
            "tables",
            "tiktok_shop",
            "token_store",
        }
        | {"reports", "undo", "worker", "worklist"}
    ),
    "calibration": frozenset({"facts", "tiktok_shop"}),
    "simulator": frozenset({"facts", "tiktok_shop.signing"}),
}


@functools.cache
def import_statements(file: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]


def imported(file: Path) -> set[str]:
    """The project's modules that a file imports, by their full names."""
    names = set()
    for node in import_statements(file):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name for name in names if name.partition(".")[0] in MAY_IMPORT}


def imported_members(file: Path) -> set[str]:
    """The imported modules, and the names imported from them: `from a import b` gives `a` and `a.b`."""
    members = imported(file)
    for node in import_statements(file):
        if isinstance(node, ast.ImportFrom) and node.module:
            members |= {f"{node.module}.{alias.name}" for alias in node.names}
    return members


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_room_imports_only_rooms_below(package: str) -> None:
    allowed = MAY_IMPORT[package]
    wrong = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / package).rglob("*.py")
        for name in imported(file)
        if name.partition(".")[0] != package and not {name, name.partition(".")[0]} & allowed
    }
    assert not wrong


def test_a_class_name_has_one_meaning() -> None:
    defined: dict[str, list[str]] = {}
    for package in MAY_IMPORT:
        for file in (ROOT / package).rglob("*.py"):
            for name in re.findall(r"^class (\w+)", file.read_text(), re.MULTILINE):
                defined.setdefault(name, []).append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in defined.items() if len(files) > 1} == {}


def test_only_the_queue_composes_lane_keys() -> None:
    wrong = {
        str(file.relative_to(ROOT))
        for package in MAY_IMPORT
        if package != "shop_queue"
        for file in (ROOT / package).rglob("*.py")
        if "shop_queue.keys" in imported_members(file)
    }
    assert not wrong


def test_only_queue_and_rollout_load_scripts() -> None:
    wrong = {
        str(file.relative_to(ROOT))
        for package in MAY_IMPORT
        if package not in ("shop_queue", "rollout", "redis_client")
        for file in (ROOT / package).rglob("*.py")
        if "redis_client.scripts" in imported_members(file)
    }
    assert not wrong


def test_relisting_and_model_do_no_io() -> None:
    reaching_out = {"aiohttp", "redis", "asyncio", "os", "pathlib", "socket", "time"}
    wrong = set()
    for file in (ROOT / "relisting").rglob("*.py"):
        for node in import_statements(file):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            wrong |= {f"{file.name} imports {name}" for name in modules if name.partition(".")[0] in reaching_out}
    assert not wrong


def test_every_room_has_its_rule() -> None:
    assert set(rooms()) == set(MAY_IMPORT)


@pytest.mark.parametrize("page", ["README.md", "docs/ARCHITECTURE.md"])
def test_page_gives_the_purpose_of_every_room(page: str) -> None:
    rows = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("| `")]
    named = {name.strip("/") for row in rows for name in re.findall(r"`([a-z_]+/?)`", row.split("|")[1])}
    assert named >= set(MAY_IMPORT)


def test_glossary_has_at_most_forty_terms() -> None:
    terms = re.findall(r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs/GLOSSARY.md").read_text(), re.MULTILINE)
    assert 30 <= len(set(terms)) == len(terms) <= 40


def test_no_room_imports_in_a_cycle() -> None:
    below = {room: {name.partition(".")[0] for name in allowed} for room, allowed in MAY_IMPORT.items()}
    while free := {room for room, needs in below.items() if not needs & below.keys()}:
        below = {room: needs for room, needs in below.items() if room not in free}
    assert not below, f"rooms in a cycle: {sorted(below)}"


def test_no_test_imports_a_test_module() -> None:
    """Shared code belongs in tests/support."""
    imports = re.compile(
        r"^\s*(?:from|import) tests\.[\w.]*\btest_\w+|^\s*from tests\.[\w.]+ import .*\btest_\w+", re.M
    )
    found = [str(file) for file in (ROOT / "tests").rglob("*.py") if imports.search(file.read_text())]
    assert not found
