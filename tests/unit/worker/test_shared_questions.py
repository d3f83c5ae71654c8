"""One request serves all callers that ask the same question at the same time."""

from __future__ import annotations

import asyncio

import pytest

from worker.shared_questions import SharedQuestions


class Slow:
    """Answers once `go` is set, and counts its requests."""

    def __init__(self, error: Exception | None = None) -> None:
        self.requests, self.go, self.error = 0, asyncio.Event(), error

    async def request(self) -> int:
        self.requests += 1
        number = self.requests
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return number


async def asked(questions: SharedQuestions[int], slow: Slow, *names: str) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(questions.ask(name, slow.request)) for name in names]
    while slow.requests < len(set(names)):
        await asyncio.sleep(0)
    return tasks


async def test_callers_with_the_same_question_share_a_request() -> None:
    questions, slow = SharedQuestions[int](), Slow()
    tasks = await asked(questions, slow, "a", "a", "b")
    slow.go.set()
    assert await asyncio.gather(*tasks) == [1, 1, 2]


async def test_a_later_question_is_asked_again() -> None:
    questions, slow = SharedQuestions[int](), Slow()
    slow.go.set()
    assert [await questions.ask("a", slow.request) for _ in range(2)] == [1, 2]


async def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    questions, slow = SharedQuestions[int](), Slow()
    first, second = await asked(questions, slow, "a", "a")
    first.cancel()
    slow.go.set()
    assert await second == 1
    assert slow.requests == 1


async def test_an_error_reaches_every_caller_and_is_not_kept() -> None:
    questions, slow = SharedQuestions[int](), Slow(ValueError("unavailable"))
    tasks = await asked(questions, slow, "a", "a")
    slow.go.set()
    for task in tasks:
        with pytest.raises(ValueError, match="unavailable"):
            await task
    slow.error = None
    assert await questions.ask("a", slow.request) == 2
