"""The commands checked at start include every command of the scripts a process runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shop_queue.required_commands import GATEWAY_COMMANDS, WORKER_COMMANDS, Command

LUA = Path(__file__).parents[3] / "shop_queue" / "lua"
WORKER = ("claim", "commit", "enqueue", "merge", "open", "release", "renew", "start", "state", "take", "wake", "relay")
GATEWAY = ("enqueue", "merge", "state", "wake", "stats", "read_intake", "keep")
SHARED = ("clock", "product_values", "products", "waking")
"""Put in front of other scripts."""
OPERATOR = ("cancel", "restore")
"""Scripts that only commands run; nothing checks an operator's rights at start."""


@pytest.mark.parametrize(("commands", "scripts"), [(WORKER_COMMANDS, WORKER), (GATEWAY_COMMANDS, GATEWAY)])
def test_commands_of_scripts_are_checked(commands: tuple[Command, ...], scripts: tuple[str, ...]) -> None:
    used = set()
    for name in (*scripts, *SHARED):
        used |= set(re.findall(r"redis\.call\('([A-Z]+)'", (LUA / f"{name}.lua").read_text()))
    assert used - {command[0] for command in commands} == set()


def test_every_script_is_listed() -> None:
    assert {file.stem for file in LUA.glob("*.lua")} == {*WORKER, *GATEWAY, *OPERATOR, *SHARED}
