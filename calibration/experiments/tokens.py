"""The effect of a refresh on the tokens issued before it. Run after the cleanup, which needs working tokens."""

from __future__ import annotations

from typing import Protocol

from calibration.findings import Finding, Inconclusive, Measured, NotMeasured
from calibration.response import request_ids
from calibration.workbench import SEARCH, Workbench

EXPIRED_CODES = (105002, 105001, 36009005, 36009004)


class TokenPair(Protocol):
    """The shop's tokens; whatever it does, the newest valid tokens are stored before it returns."""

    async def access_token(self) -> str: ...

    async def refreshed(self, expired: str) -> str: ...

    async def refresh_token(self) -> str: ...

    async def spend_again(self, refresh_token: str) -> bool:
        """Exchange a refresh token that was exchanged before. Returns whether the platform accepts it."""


async def refresh_ends_access_tokens(bench: Workbench, tokens: TokenPair) -> list[Finding]:
    """Refresh, and use the access token from before; its refusal is that of an expired token."""
    old = await tokens.access_token()
    new = await tokens.refreshed(old)
    if new == old:
        raise Inconclusive("a refresh returns the same access token")
    response = await bench.wire.patient("POST", SEARCH, old, query={"page_size": "1"})
    ids = request_ids(response)
    evidence = f"an access token from before a refresh: {response}"
    if response.accepted:
        reason = "tokens stay valid after a refresh, so none expires within this run"
        return [
            Measured("refresh_ends_access_tokens", False, evidence, ids),
            NotMeasured("expired_token", reason),
        ]
    if not response.has_refused_token:
        raise Inconclusive(evidence)
    if response.code not in EXPIRED_CODES:
        unknown = NotMeasured("expired_token", f"{evidence}; the fact does not know this code")
        return [Measured("refresh_ends_access_tokens", True, evidence, ids), unknown]
    return [
        Measured("refresh_ends_access_tokens", True, evidence, ids),
        Measured("expired_token", response.code, evidence, ids),
    ]


async def refresh_ends_refresh_tokens(_: Workbench, tokens: TokenPair) -> list[Finding]:
    old = await tokens.refresh_token()
    await tokens.refreshed(await tokens.access_token())
    if await tokens.refresh_token() == old:
        raise Inconclusive("a refresh returns the same refresh token")
    accepted = await tokens.spend_again(old)
    evidence = f"a refresh token that was used before is {'accepted' if accepted else 'refused'}"
    return [Measured("refresh_ends_refresh_tokens", not accepted, evidence)]
