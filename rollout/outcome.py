"""Results of the rollout: admitted or held, and the result of a read-back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rollout.edit import Edit, InvalidEdit


@dataclass(frozen=True, slots=True)
class Permit:
    """A job carries this from its admission to the end of its audit. `to_json` fits into the job's state."""

    edit: Edit
    admitted: int
    """Server time, ms."""
    windows: tuple[str, ...] = ()
    """Keys of the levels in which the edit occupies a place."""
    looks: tuple[str, ...] = ()
    """Fields for which its read-back is the first in this leaf."""
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
    """Whether the edit must be read back. An edit whose response has a warning must be read back as well."""


@dataclass(frozen=True, slots=True)
class Held:
    """The edit must not be sent now. Ask again after `retry_after` seconds; this uses no attempt."""

    cause: str
    """The key of the stopped cause or full window for which the product waits."""
    since: int
    """Time at which the cause was stopped, ms; for a window, the current time."""
    retry_after: float
    stopped: bool
    """Whether an operator must decide; False for a window, which opens automatically."""
    why: str
    is_brief: bool = False
    """Whether the wait ends with a read-back, within seconds."""


@dataclass(frozen=True, slots=True)
class Clean:
    """The platform shows the before-image with the declared changes."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The platform still shows the version before the edit, so another look is needed."""


@dataclass(frozen=True, slots=True)
class Damaged:
    fields: tuple[str, ...]
    """Sorted paths such as `skus.seller_sku`; `skus.deleted` and `skus.added` for variants."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Fields whose value differs from the expected one, though none is lost.

    The seller may have changed them since. They count as damage if looks at several products in succession find the
    same.
    """

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The read-back was given up: the edit never became visible, or the product cannot be read. No evidence."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The edit was refused or never sent. Its permit is released without evidence."""


ReadBack = Clean | Changed | Damaged | NotSeen | NotSent
"""The result of a read-back that a job reports."""
