"""Single-flight: one request serves all callers that ask the same question at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class SharedQuestions(Generic[Answer]):
    def __init__(self) -> None:
        self._asked: dict[Hashable, asyncio.Task[Answer]] = {}

    async def ask(self, question: Hashable, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """Returns the result of the request in progress, or of a new one. All callers receive its error."""
        task = self._asked.get(question)
        if task is None:
            task = self._asked[question] = asyncio.create_task(_answered(request))
            task.add_done_callback(lambda _: self._asked.pop(question))
            # If every caller is cancelled, none of them reads the exception.
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Shielded, so that a cancelled caller does not cancel the request of the others.
        return await asyncio.shield(task)


async def _answered(request: Callable[[], Awaitable[Answer]]) -> Answer:
    return await request()
