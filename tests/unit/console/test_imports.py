"""Commands that call no platform start without what only the others need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HTTP_CLIENTS = ("aiohttp", "tiktok_shop.transport")


@pytest.mark.parametrize(
    "module",
    ["status", "forecast", "shops_list", "shops_state", "doctor", "worklist", "cancel", "enqueue", "history", "report"],
)
def test_command_imports_no_http_client(module: str) -> None:
    code = f"import sys, console.main, console.commands.{module}; print(*sys.modules.keys() & {set(HTTP_CLIENTS)})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []


def test_every_name_of_the_client_is_found_at_its_first_use() -> None:
    code = "import tiktok_shop; print(*(name for name in tiktok_shop.__all__ if not getattr(tiktok_shop, name)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []
