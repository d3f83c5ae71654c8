"""Imports point one way, and the parts that must not know each other do not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, frozenset[str]] = {
    "config": frozenset(),
    "tiktok_shop": frozenset({"config"}),
    "shop_queue": frozenset({"config"}),
    "worker": frozenset({"config", "tiktok_shop", "shop_queue"}),
    "producers": frozenset({"config", "tiktok_shop", "shop_queue"}),
    "gateway": frozenset({"config", "tiktok_shop", "shop_queue", "worker", "producers"}),
    "console": frozenset({"config", "tiktok_shop", "shop_queue", "worker", "producers", "gateway", "simulator"}),
    "simulator": frozenset({"tiktok_shop.signing"}),
}


def imported(file: Path) -> set[str]:
    """Modules of ours that a file imports, by their full names."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name for name in names if name.partition(".")[0] in MAY_IMPORT}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    allowed = MAY_IMPORT[package]
    wrong = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in (ROOT / package).rglob("*.py")
        for name in imported(file)
        if name.partition(".")[0] != package and not {name, name.partition(".")[0]} & allowed
    }
    assert not wrong


def test_decisions_are_made_without_input_or_output() -> None:
    reaching_out = {"aiohttp", "redis", "asyncio", "os", "pathlib", "socket", "time"}
    wrong = set()
    for file in (ROOT / "worker" / "relist").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            wrong |= {f"{file.name} imports {name}" for name in modules if name.partition(".")[0] in reaching_out}
    assert not wrong
