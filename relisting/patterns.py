"""Regular expressions from a file, that cannot hang a worker. Pure.

Python's engine backtracks and has no time limit, so the limit is set beforehand: the text is cut to a title's length,
and a pattern is taken only if the number of ways to match it, counted from its parse tree, is small. Nested
quantifiers, back-references and look-around are refused outright.
"""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_TEXT = 300
"""A title has at most 300 characters in any market."""
LONGEST_PATTERN = 300
MOST_WAYS = LONGEST_TEXT**2 * 10
"""Room for two open-ended quantifiers and a few optional parts; tried at each of 300 places: tens of milliseconds."""

_ONE_CHARACTER = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT, op.RANGE, op.CATEGORY)


class UnsafePattern(ValueError):
    """`str()` says what is wrong, to the person who wrote the pattern."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Case does not matter. Raises UnsafePattern."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise UnsafePattern(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    try:
        tree = parser.parse(pattern, re.IGNORECASE)
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise UnsafePattern(f"is no regular expression: {wrong}") from None
    if _ways(tree) > MOST_WAYS:
        raise UnsafePattern("has too many open-ended parts (*, +, {n,}): at most two")
    return compiled


def search(pattern: re.Pattern[str], text: str) -> str | None:
    """The first group, or the whole match where there is none; None without a match."""
    match = pattern.search(text[:LONGEST_TEXT])
    if match is None:
        return None
    return match[1] if pattern.groups and match[1] is not None else match[0]


def _ways(sequence: Any) -> int:
    """An upper bound of the ways a sequence can match from one place in a text of LONGEST_TEXT characters."""
    ways = 1
    for kind, argument in sequence:
        ways *= _ways_of(kind, argument)
    return ways


def _ways_of(kind: Any, argument: Any) -> int:
    if kind in _ONE_CHARACTER:
        return 1
    if kind is op.SUBPATTERN:
        return _ways(argument[-1])
    if kind is op.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, inner = argument
        most = LONGEST_TEXT if most is op.MAXREPEAT else min(int(most), LONGEST_TEXT)
        inner_ways = _ways(inner)
        if most > 1 and inner_ways > 1:
            raise UnsafePattern("has a quantifier or an alternative inside a quantifier")
        return max(most - int(least) + 1, 1) * inner_ways
    raise UnsafePattern("has a back-reference, a look-around or another part that is not taken here")
