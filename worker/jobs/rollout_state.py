"""The rollout part of a job's state: the edit that is held, or the permit of an accepted one. JSON in and out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.job import Job
from model.job_state import stored_state
from rollout.edit import Edit, InvalidEdit
from rollout.outcome import Permit
from rollout.read_back import Declared


@dataclass(frozen=True, slots=True)
class FollowedEdit:
    """An accepted edit between its acceptance and the end of its audit."""

    permit: Permit
    declared: Declared
    is_read_back: bool = False
    """Whether the read-back has ended or was not needed."""
    looks: int = 0
    """Number of looks that saw the version before the edit."""
    differing: tuple[str, ...] = ()
    """Fields that differed at the last look. Damage is reported when two looks have found some."""


def dump_held(edit: Edit, cause: str) -> dict[str, Any]:
    return {"edit": edit.to_json(), "cause": cause}


def held_edit(job: Job) -> Edit | None:
    """The held edit. None if there is none or another release stored an unreadable one; it is then planned again."""
    stored = stored_state(job.kind, job.state).rollout
    if stored is None or "edit" not in stored:
        return None
    try:
        return Edit.from_json(stored["edit"])
    except InvalidEdit:
        return None


def dump_followed(followed: FollowedEdit) -> dict[str, Any]:
    declared = followed.declared
    return {
        "permit": followed.permit.to_json(),
        "declared": {
            "leaf": declared.leaf,
            "attributes": {name: sorted(values) for name, values in declared.attributes.items()},
            "brand_id": declared.brand_id,
            "fields": sorted(declared.fields),
        },
        "is_read_back": followed.is_read_back,
        "looks": followed.looks,
        "differing": list(followed.differing),
    }


def followed_edit(stored: Mapping[str, Any] | None) -> FollowedEdit | None:
    """The accepted edit; None if it was sent without a permit. Raises InvalidEdit."""
    if stored is None or "permit" not in stored:
        return None
    try:
        declared = stored["declared"]
        return FollowedEdit(
            Permit.from_json(stored["permit"]),
            Declared(
                str(declared["leaf"]),
                {str(name): frozenset(values) for name, values in declared["attributes"].items()},
                declared["brand_id"],
                frozenset(declared["fields"]),
            ),
            bool(stored["is_read_back"]),
            int(stored["looks"]),
            tuple(stored["differing"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidEdit(f"a stored read-back is incomplete: {error}") from None
