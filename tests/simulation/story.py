"""The course of a world: a running digest of every step, and, on request, the story in plain sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any


class Story:
    def __init__(self, *, is_told: bool = False) -> None:
        self.is_told = is_told
        self.lines: list[str] = []
        self.executed_commands = 0
        self._digest = blake2b(digest_size=8)

    def note(self, text: str) -> None:
        self._digest.update(text.encode())
        if self.is_told:
            self.lines.append(f"{_now():9.4f} s  {text}")

    def tell(self, text: str) -> None:
        """Adds a line that explains the steps. It does not affect the digest."""
        if self.is_told:
            self.lines.append(f"{_now():9.4f} s      {text}")

    def executed(self, process: str, command: Sequence[bytes], reply: Any) -> None:
        self.executed_commands += 1
        self._digest.update(b"%.6f %s %s" % (_now(), process.encode(), b" ".join(command[:40])))

    @property
    def digest(self) -> str:
        """Equal for equal steps."""
        return self._digest.hexdigest()


def _now() -> float:
    return asyncio.get_running_loop().time()
