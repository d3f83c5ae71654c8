"""An error response from the platform."""

from __future__ import annotations


class ApiError(Exception):
    """`status` is the HTTP status if one is known for the code; with None the options decide."""

    def __init__(self, code: int, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
