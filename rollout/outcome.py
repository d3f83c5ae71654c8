"""The answers of the rollout: admitted or held, and what a read-back showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollout.edit import Edit, InvalidEdit


@dataclass(frozen=True, slots=True)
class Permit:
    """Carried by a job from its admission to the end of its audit; `to_json` is small enough for the job's state."""

    edit: Edit
    admitted: int
    """Server time, ms."""
    windows: tuple[str, ...] = ()
    """Levels in which the edit occupies a place."""
    looks: tuple[str, ...] = ()
    """Fields that its read-back is the first to show in this leaf."""
    cohort: int = 0

    def joined_with(self, later: Permit) -> Permit:
        """The permit of an edit that was admitted twice: it returns the places of both."""
        windows = tuple(dict.fromkeys((*self.windows, *later.windows)))
        looks = tuple(dict.fromkeys((*self.looks, *later.looks)))
        return Permit(later.edit, self.admitted, windows, looks, self.cohort or later.cohort)

    def to_json(self) -> dict[str, Any]:
        return {
            "edit": self.edit.to_json(),
            "admitted": self.admitted,
            "windows": list(self.windows),
            "looks": list(self.looks),
            "cohort": self.cohort,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Permit:
        """Raises InvalidEdit."""
        try:
            return cls(
                Edit.from_json(value["edit"]), int(value["admitted"]), tuple(value["windows"]), tuple(value["looks"]),
                int(value["cohort"]),
            )  # fmt: skip
        except (KeyError, TypeError) as error:
            raise InvalidEdit(f"a stored permit is incomplete: {error}") from None


@dataclass(frozen=True, slots=True)
class Admitted:
    permit: Permit
    read_back: bool
    """Whether the edit must be read back; an edit whose answer carries a warning must be as well."""


@dataclass(frozen=True, slots=True)
class Held:
    """The edit must not leave. It costs no attempt: ask again after `retry_after` seconds."""

    cause: str
    """The key of what the product waits for: a stopped cause, or a window that is full."""
    since: int
    """When the cause was stopped, ms; for a window, now."""
    retry_after: float
    stopped: bool
    """True: an operator must decide. False: a window that opens without one."""
    why: str


@dataclass(frozen=True, slots=True)
class Clean:
    """The platform holds the before-image plus the declared changes."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The platform still shows the version from before the edit: look again."""


@dataclass(frozen=True, slots=True)
class Damaged:
    fields: tuple[str, ...]
    """Sorted paths, `skus.seller_sku` for instance; `skus.deleted` and `skus.added` for variants."""


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The read-back was given up: the version never showed, or the product cannot be read. Proves nothing."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The platform refused the edit, or it never left: the permit returns and proves nothing."""


ReadBack = Clean | Damaged | NotSeen | NotSent
"""The result that a job reports."""
