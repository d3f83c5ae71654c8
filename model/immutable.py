"""Classes of values that mypy keeps immutable, as cheap to create as mutable ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(cls: type[T]) -> type[T]:
    """A dataclass with slots that nothing may change after its creation: mypy checks that.

    `frozen=True` checks it in the running program, too. Creating an object with many fields then takes five times as
    long, because each field is set through `object.__setattr__`. Use this for what every job creates.
    """
    return dataclass(slots=True)(cls)
