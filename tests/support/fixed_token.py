"""Credentials that never change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FixedToken:
    token: str

    async def access_token(self) -> str:
        return self.token

    async def refreshed(self, expired: str) -> str:
        raise AssertionError("no token expires in these tests")
