"""Parses a regular expression into its tree.

This is the only file that uses CPython's private modules `re._parser` and `re._constants`. The standard library has no
public parser, and a separate parser could disagree with the engine that runs the pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_ONE_CHARACTER = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT, op.RANGE, op.CATEGORY)
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)


@dataclass(frozen=True, slots=True)
class Character:
    """One character, a set of characters or a position."""


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Branch:
    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    least: int
    most: int | None
    """None means unlimited."""
    part: Node


@dataclass(frozen=True, slots=True)
class Other:
    """A back-reference, a look-around, a possessive quantifier, an atomic or a conditional group."""


Node = Character | Sequence | Branch | Repeat | Other


def parse(pattern: str, flags: re.RegexFlag) -> Node:
    """Raises re.error, OverflowError or RecursionError if the pattern is malformed."""
    return _sequence(parser.parse(pattern, flags))


def _sequence(parsed: Any) -> Node:
    return Sequence(tuple(_node(kind, argument) for kind, argument in parsed))


def _node(kind: Any, argument: Any) -> Node:
    if kind in _ONE_CHARACTER:
        return Character()
    if kind is op.SUBPATTERN:
        return _sequence(argument[-1])
    if kind is op.BRANCH:
        return Branch(tuple(_sequence(choice) for choice in argument[1]))
    if kind in _REPEATS:
        least, most, part = argument
        return Repeat(int(least), None if most is op.MAXREPEAT else int(most), _sequence(part))
    return Other()
