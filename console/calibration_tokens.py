"""The stored tokens of a shop, as a calibration uses them."""

from __future__ import annotations

from dataclasses import dataclass

from token_store.tokens import TokenStore


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """Every new token is stored before it is used, so running workers go on."""

    store: TokenStore
    account: str

    async def access_token(self) -> str:
        return await self.store.access_token(self.account)

    async def refreshed(self, expired: str) -> str:
        return await self.store.refreshed(self.account, expired)

    async def refresh_token(self) -> str:
        return (await self.store.load(self.account)).refresh_token

    async def spend_again(self, refresh_token: str) -> bool:
        return await self.store.spend_again(self.account, refresh_token)
