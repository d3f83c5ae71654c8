"""Remembers each account's latest tokens in the order in which this process saw them. Pure."""

from __future__ import annotations

from collections import deque

from token_store.token_response import Tokens

MAX_TOKENS = 4
"""Tokens remembered per account; the last one is the newest."""


class TokenHistory:
    """Knows which of two tokens replaced the other."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[Tokens]] = {}

    def remember(self, account: str, tokens: Tokens) -> None:
        """Record tokens as the newest, unless they are known."""
        seen = self._seen.setdefault(account, deque(maxlen=MAX_TOKENS))
        if not any(_same(each, tokens) for each in seen):
            seen.append(tokens)

    def successor(self, account: str, tokens: Tokens) -> Tokens | None:
        """Return the newest tokens if these are known to be older, else None."""
        seen = self._seen.get(account)
        if not seen or _same(seen[-1], tokens) or not any(_same(each, tokens) for each in seen):
            return None
        return seen[-1]

    def later_than(self, account: str, tokens: Tokens) -> Tokens | None:
        """Return the seen tokens with the latest expiry, if it is later than that of these."""
        later = [each for each in self._seen.get(account, ()) if each.access_expires > tokens.access_expires]
        return max(later, key=lambda each: each.access_expires, default=None)

    def forget(self, account: str) -> None:
        self._seen.pop(account, None)


def _same(one: Tokens, other: Tokens) -> bool:
    return (one.access_token, one.refresh_token) == (other.access_token, other.refresh_token)
