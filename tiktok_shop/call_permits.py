"""What the client asks of its caller: when a request may leave, and who wants to know how it went."""

from __future__ import annotations

from typing import Literal, Protocol

Access = Literal["read", "write"]


class CallPermits(Protocol):
    async def acquire(self, access: Access) -> None:
        """Returns at the moment the request may be sent."""

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        """Tells how it went; True after a throttled request = acquire and send it once more."""


class UnlimitedPermits:
    """No pacing; a throttled request is an error at once."""

    async def acquire(self, access: Access) -> None:
        return

    def report(self, access: Access, throttled: bool, retry_after: float | None) -> bool:
        return False


class CallObserver(Protocol):
    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float) -> None:
        """After every answer; status 0 when none came."""


class NoObserver:
    def api_call(self, endpoint: str, code: int, http_status: int, seconds: float) -> None:
        return
