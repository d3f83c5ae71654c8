"""Measures in Redis how long people take to answer in the web UI.

The time of an answer is the pause since the same person's previous answer. One hash has the sums per kind of question;
a key per person has the time of the last answer and expires when a pause would be a break.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from redis_client.connect import AnyRedis
from redis_client.pipelines import in_pipelines
from worklist.answer_times import LONGEST_SECONDS, MINUTES, AnswerTimes, MeasuredAnswers, seconds_per_answer
from worklist.missing_fields import QuestionKind

KEY = "relist:web:answer-times"


async def answer_times(redis: AnyRedis) -> AnswerTimes:
    """Raises RedisError."""
    stored = await redis.execute_command("HGETALL", KEY)
    pairs = stored if isinstance(stored, Mapping) else dict(zip(stored[::2], stored[1::2], strict=True))
    values = {bytes(name).decode(): float(value) for name, value in pairs.items()}
    measured: dict[QuestionKind, MeasuredAnswers] = {}
    for kind in MINUTES:
        answers = int(values.get(f"{kind}:answers", 0))
        measured[kind] = MeasuredAnswers(answers, values.get(f"{kind}:logs", 0.0))
    return AnswerTimes(measured)


async def count_answers(redis: AnyRedis, person: str, kinds: Sequence[QuestionKind], now: float) -> None:
    """Count answers to questions of these kinds, which `person` has just given together.

    `now` is in Unix seconds. Raises RedisError.
    """
    last_key = f"{KEY}:{blake2b(person.encode(), digest_size=9).hexdigest()}"
    before = await redis.execute_command("GET", last_key)
    await redis.execute_command("SET", last_key, f"{now:.3f}", "EX", str(int(LONGEST_SECONDS)))
    seconds = seconds_per_answer(now - float(before), len(kinds)) if before is not None else None
    if seconds is None:
        return
    commands: list[tuple[str, ...]] = []
    for kind in kinds:
        commands.append(("HINCRBY", KEY, f"{kind}:answers", "1"))
        commands.append(("HINCRBYFLOAT", KEY, f"{kind}:logs", f"{math.log(seconds):.6f}"))
    await in_pipelines(redis, commands)
