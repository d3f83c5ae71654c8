"""Finds variables that are not settings, such as misspelled ones: the defaults would apply silently."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path

from dotenv import dotenv_values

from config.settings import Settings

PREFIX = "RELIST_"
OTHERS = frozenset(
    {"SECRETS_DIR", "SECRETS_FROM", "FILES_FROM", "IMAGE", "COMMIT", "ADDRESS", "GATEWAY", "RELIABILITY", "SCREENSHOTS"}
)
"""Names, without the prefix, used by `load_settings`, Compose, the image build, docs/how-to/sign-in.md and tests."""
OTHER_BEGINNINGS = ("TEST_", "SOAK_", "KILL_", "HOSTILE_")
"""Prefixes of names that only the tests use."""
SERVICE_LINKS = ("_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_TCP_ADDR", "_TCP_PORT", "_TCP_PROTO")
"""Endings of variables that Kubernetes sets for a service with the name `relist-...`."""


def unknown_settings(env_file: Path | None = Path(".env")) -> list[str]:
    """Return one line for each name in the environment and the file that is not a setting, without its value."""
    try:
        in_file = dotenv_values(env_file) if env_file is not None and env_file.is_file() else {}
    except (OSError, UnicodeDecodeError):
        in_file = {}  # load_settings reports it
    return misspelled((*os.environ, *in_file))


def misspelled(names: Iterable[str]) -> list[str]:
    """Return one line for each of these names that is not a setting, with the most similar setting. Pure."""
    known = {name.upper() for name in Settings.model_fields} | OTHERS
    found = {}
    for name in sorted({name.upper() for name in names if name.upper().startswith(PREFIX)}):
        rest = name.removeprefix(PREFIX)
        if rest in known or rest.startswith(OTHER_BEGINNINGS) or rest.endswith(SERVICE_LINKS):
            continue
        similar = _most_similar(rest, known)
        found[name] = f"{name} is not a setting" + (f"; did you mean {PREFIX}{similar}?" if similar else "")
    return list(found.values())


def _most_similar(name: str, known: Iterable[str]) -> str:
    """The most similar name; empty if none is. People shorten the end of a name more often than its beginning."""
    similar = get_close_matches(name, sorted(known), n=5)
    return max(similar, key=lambda each: _length_of_same_beginning(each, name), default="")


def _length_of_same_beginning(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
