"""The stored tokens of a shop, for a calibration."""

from __future__ import annotations

from dataclasses import dataclass

from token_store.tokens import AccountCredentials


@dataclass(frozen=True, slots=True)
class StoredTokens(AccountCredentials):
    """Every new token is stored before it is used, so running workers continue with it."""

    async def refresh_token(self) -> str:
        return (await self.store.load(self.account)).refresh_token

    async def spend_again(self, refresh_token: str) -> bool:
        return await self.store.spend_again(self.account, refresh_token)
