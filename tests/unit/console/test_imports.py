"""Commands that do not call the platform start without the modules that only other commands need."""

from __future__ import annotations

import subprocess
import sys

HTTP_CLIENTS = ("aiohttp", "tiktok_shop.transport")
OFFLINE = (
    "status", "forecast", "shops_list", "shops_state", "doctor", "worklist", "cancel", "enqueue", "history", "report",
)  # fmt: skip


def test_offline_commands_import_no_http_client() -> None:
    imports = ", ".join(f"console.commands.{module}" for module in OFFLINE)
    code = f"import sys, console.main, {imports}; print(*sys.modules.keys() & {set(HTTP_CLIENTS)})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []


def test_every_name_of_the_client_is_found_at_its_first_use() -> None:
    code = "import tiktok_shop; print(*(name for name in tiktok_shop.__all__ if not getattr(tiktok_shop, name)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == []
