"""An event loop on a virtual clock, whose processes run in a seeded order.

Time passes only when nothing is ready; then it jumps to the next timer. Within a process callbacks run in the order in
which they became ready, as asyncio promises. The next process is drawn from the seed, so nothing depends on the
machine.
"""

from __future__ import annotations

import asyncio
import heapq
import selectors
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.processes import CURRENT, OUTSIDE, Process

MAX_STEPS_AT_ONCE = 20_000
"""Steps without a pause; a world takes some tens."""


class NothingLeft(Exception):
    """Every task waits for something that never happens."""


class Spinning(Exception):
    """A task never waits, so time stands still."""


class _NoSelector(selectors.SelectSelector):
    """Nothing arrives from outside."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []


class _ReadyCallbacks:
    """Replaces the list of ready callbacks of asyncio's loop with a queue per process."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._queues: dict[Process, deque[asyncio.Handle]] = {}
        self._frozen: dict[Process, deque[asyncio.Handle]] = {}
        self.kept: list[asyncio.Handle] = []
        """Callbacks of dead processes, kept until the world ends so that nothing of them is collected earlier."""

    def __len__(self) -> int:
        return len(self._queues)

    def clear(self) -> None:
        self._queues.clear()
        self._frozen.clear()

    def append(self, handle: asyncio.Handle) -> None:
        process = handle._context.get(CURRENT, OUTSIDE)  # type: ignore[attr-defined]
        if process.is_dead:
            self.kept.append(handle)
            return
        queues = self._frozen if process.is_frozen else self._queues
        queue = queues.get(process)
        if queue is None:
            queue = queues[process] = deque()
        queue.append(handle)

    def freeze(self, process: Process) -> None:
        if process in self._queues:
            self._frozen.setdefault(process, deque()).extend(self._queues.pop(process))

    def thaw(self, process: Process) -> None:
        if process in self._frozen:
            self._queues.setdefault(process, deque()).extend(self._frozen.pop(process))

    def kill(self, process: Process) -> None:
        for queues in (self._queues, self._frozen):
            self.kept.extend(queues.pop(process, ()))

    def revive(self) -> None:
        """Lets the remaining code of every process run to its end."""
        for process in list(self._frozen):
            self.thaw(process)
        kept, self.kept = self.kept, []
        for handle in kept:
            self.append(handle)

    def take(self) -> asyncio.Handle:
        """The next callback of a process drawn at random."""
        number = int(self._random.random() * len(self._queues)) if len(self._queues) > 1 else 0
        process = list(self._queues)[number] if number else next(iter(self._queues))
        queue = self._queues[process]
        handle = queue.popleft()
        if not queue:
            del self._queues[process]
        return handle


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, random: Random) -> None:
        super().__init__(_NoSelector())
        self.now = 0.0
        self.steps = 0
        self._steps_at_once = 0
        self.ready = self._ready = _ReadyCallbacks(random)  # type: ignore[assignment]
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.processes: set[Process] = set()
        self.errors: list[str] = []
        self.set_exception_handler(self._note_error)
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Any, function: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """Runs the function immediately; its result comes later. Threads would make the order depend on the machine."""
        future = self.create_future()
        try:
            result = function(*args)
        except BaseException as error:
            self.call_later(0.001, _settle, future, None, error)
        else:
            self.call_later(0.001, _settle, future, result, None)
        return future

    def _make_task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, **options)
        context = options.get("context")
        self.processes.add(CURRENT.get() if context is None else context.get(CURRENT, OUTSIDE))
        self.tasks[task] = None
        task.add_done_callback(lambda _: self.tasks.pop(task, None))
        return task

    def _note_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.errors.append(f"{context['message']}: {error!r}")

    def _run_once(self) -> None:
        timers = self._scheduled  # type: ignore[attr-defined]
        ready = self.ready
        if not len(ready):
            while timers and timers[0]._cancelled:
                heapq.heappop(timers)._scheduled = False
            if not timers:
                if self._stopping:  # type: ignore[attr-defined]
                    return
                raise NothingLeft
            self._pass_time(timers[0]._when)
        while timers and timers[0]._when <= self.now:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            if not timer._cancelled:
                ready.append(timer)
        if len(ready):
            handle = ready.take()
            if not handle._cancelled:  # type: ignore[attr-defined]
                self.steps += 1
                self._steps_at_once += 1
                if self._steps_at_once > MAX_STEPS_AT_ONCE:
                    self._steps_at_once = 0
                    raise Spinning(handle._context.get(CURRENT, OUTSIDE).name)  # type: ignore[attr-defined]
                handle._run()  # type: ignore[attr-defined]

    def _pass_time(self, until: float) -> None:
        if until > self.now:
            self.now, self._steps_at_once = until, 0

    def kill(self, process: Process) -> None:
        process.is_dead = True
        self.ready.kill(process)

    def freeze(self, process: Process) -> None:
        process.is_frozen = True
        self.ready.freeze(process)

    def thaw(self, process: Process) -> None:
        process.is_frozen = False
        self.ready.thaw(process)

    def end_all(self, most_rounds: int = 50) -> None:
        """Cancels the remaining tasks, even of dead processes, so that no coroutine is collected while it is
        running.
        """
        for process in self.processes:
            process.is_dead = process.is_frozen = False
        self.ready.revive()
        for _ in range(most_rounds):
            if not self.tasks:
                return
            self.run_until_complete(_cancel(list(self.tasks)))


async def _cancel(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=1.0)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
