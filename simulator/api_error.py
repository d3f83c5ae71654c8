"""An error answer of the platform."""

from __future__ import annotations


class ApiError(Exception):
    """`status` is the HTTP status where one is known to come with the code; None leaves it to the options."""

    def __init__(self, code: int, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
