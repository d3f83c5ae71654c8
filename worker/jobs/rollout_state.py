"""The rollout part of a job's state: the edit that is held, or the permit of an accepted one. Converts to and from
JSON. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.immutable import immutable
from model.job import Job
from model.job_state import stored_state
from rollout.edit import Edit, InvalidEdit
from rollout.outcome import Permit
from rollout.read_back import Declared


@immutable
class FollowedEdit:
    """An accepted edit between its acceptance and the end of its audit."""

    permit: Permit
    declared: Declared
    is_read_back: bool = False
    """Whether the read-back has ended or was not needed."""
    looks: int = 0
    """Number of looks that saw the version before the edit."""
    is_new: bool = False
    """The listing was created, so there is no earlier version."""
    is_late: bool = False
    """The read-back was given up before the edit was visible; the live version is compared when the audit has ended."""
    differing: tuple[str, ...] = ()
    """Fields that differed at the last look. Damage is reported once two looks have found it."""


def dump_held(edit: Edit, cause: str, since: int, files: str = "") -> dict[str, Any]:
    """`since`: Unix seconds at which the wait began. `files`: the operator's files on which the decisions are based."""
    return {"edit": edit.to_json(), "cause": cause, "since": since, **({"files": files} if files else {})}


def is_held(job: Job) -> bool:
    """Whether the rollout has held the edit of this job, so that it asks again before it reads the product."""
    stored = stored_state(job.kind, job.state)
    return stored.rollout is not None and "edit" in stored.rollout and not stored.sent_at


def held_edit(job: Job, files: str = "") -> Edit | None:
    """The held edit. None if there is none, or if the product must be planned again.

    It must be if the edit has decisions and the operator's files have changed since, because a new mapping row or rule
    is a new decision, or if another release stored the edit in an unreadable form.
    """
    stored = stored_state(job.kind, job.state).rollout
    if stored is None or "edit" not in stored:
        return None
    if stored.get("files", files) != files and stored["edit"].get("decisions"):
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
        **({"is_new": True} if followed.is_new else {}),
        **({"is_late": True} if followed.is_late else {}),
    }


def sent_edit(job: Job) -> FollowedEdit | None:
    """The edit that an earlier run of this job sent and whose response was lost, with its places; None if unknown."""
    stored = stored_state(job.kind, job.state)
    if not stored.sent_at:
        return None
    try:
        return followed_edit(stored.rollout)
    except InvalidEdit:
        return None


def awaits_look(job: Job) -> bool:
    """Whether an earlier run of this job sent an edit that the rollout wants to be read back."""
    sent = sent_edit(job)
    return sent is not None and not sent.is_read_back


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
            stored.get("is_new") is True,
            stored.get("is_late") is True,
            tuple(stored["differing"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidEdit(f"a stored read-back is incomplete: {error}") from None
