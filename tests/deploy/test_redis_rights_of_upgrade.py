"""docs/how-to/upgrade.md lists every Redis right that a user of an older release lacks."""

from __future__ import annotations

import re
from pathlib import Path

from shop_queue.required_commands import GATEWAY_COMMANDS, WORKER_COMMANDS

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"\([^)]*\)|\S+")
ROW = re.compile(r"^\| `(\w+)` \| ((?:`[^`]+` ?)+)\|", re.MULTILINE)


def rights(file: Path) -> dict[str, set[str]]:
    """User -> the rules after its name. A selector is one rule: its commands may use only its own keys."""
    users = [RULE.findall(line) for line in file.read_text().splitlines() if line.startswith("user ")]
    return {words[1]: set(words[2:]) for words in users}


def documented() -> dict[str, set[str]]:
    page = (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
    return {user: set(re.findall(r"`([^`]+)`", rules.replace("\\|", "|"))) for user, rules in ROW.findall(page)}


def test_new_rights_since_the_first_release_are_documented() -> None:
    now, before = rights(ROOT / "deploy/redis/users.acl"), rights(Path(__file__).parent / "users_0.1.0.acl")
    new = {user: now[user] - before[user] for user in now if now[user] - before[user]}
    assert documented() == new


def test_keys_that_processes_check_at_start_are_permitted() -> None:
    """A key without a pattern would be refused whatever commands the user may run."""
    for user, commands in (("worker", WORKER_COMMANDS), ("gateway", GATEWAY_COMMANDS)):
        patterns = [rule.partition("~")[2] for rule in rights(ROOT / "deploy/redis/users.acl")[user] if "~" in rule]
        keys = {str(word) for command in commands for word in command if str(word).startswith(("relist:", "{relist:"))}
        channels = {"relist:wake", "relist:control"}
        assert {key for key in keys - channels if not any(_matches(key, each) for each in patterns)} == set()


def _matches(key: str, pattern: str) -> bool:
    return key.startswith(pattern[:-1]) if pattern.endswith("*") else key == pattern
