"""Compiles regular expressions from an operator's file and refuses those that could hang a worker. Pure.

Python's engine backtracks and has no time limit, so the work is bounded in advance: the text is truncated to the length
of a title, and a pattern is accepted only if the number of ways it can match, counted on its parse tree, is small.
Nested quantifiers, back-references and look-around are refused.
"""

from __future__ import annotations

import math
import re

from relisting.pattern_tree import Branch, Character, Node, Repeat, Sequence, parse

LONGEST_TEXT = 300
"""Length of a title in the market with the longest titles."""
LONGEST_PATTERN = 300
MAX_WAYS = LONGEST_TEXT**2 * 10
"""Allows two open-ended quantifiers and a few optional parts, which takes tens of milliseconds over 300 positions."""


class UnsafePattern(ValueError):
    """The pattern is refused. The message states the problem and follows the words "the pattern"."""


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compiles `pattern`, ignoring case. Raises UnsafePattern."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise UnsafePattern(f"must have 1 to {LONGEST_PATTERN} characters")
    try:
        tree = parse(pattern, re.IGNORECASE)
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise UnsafePattern(f"is not a regular expression: {wrong}") from None
    if _ways(tree) > MAX_WAYS:
        raise UnsafePattern("has too many open-ended parts (*, +, {n,}): at most two are allowed")
    return compiled


def search(pattern: re.Pattern[str], text: str) -> str | None:
    """The first group, or the whole match if there is no group; None without a match."""
    match = pattern.search(text[:LONGEST_TEXT])
    if match is None:
        return None
    return match[1] if pattern.groups and match[1] is not None else match[0]


def _ways(node: Node) -> int:
    """Upper bound on the number of ways to match from one position in a text of LONGEST_TEXT characters."""
    match node:
        case Character():
            return 1
        case Sequence(parts):
            return math.prod(map(_ways, parts))
        case Branch(choices):
            return sum(map(_ways, choices))
        case Repeat(least, most, part):
            most = LONGEST_TEXT if most is None else min(most, LONGEST_TEXT)
            ways = _ways(part)
            if most > 1 and ways > 1:
                raise UnsafePattern("has a quantifier or an alternative inside a quantifier")
            return max(most - least + 1, 1) * ways
    raise UnsafePattern("has a back-reference, a look-around or another part that is not supported")
