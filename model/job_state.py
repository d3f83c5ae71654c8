"""The stored state of a job, one dataclass per job kind, and its JSON form.

The JSON keys are a contract between releases: workers of two releases share the lanes during a rolling upgrade.
`dump_state` leaves out default values. `load_state` keeps keys that this release does not know in `extra`, so that an
older worker does not drop what a newer one has stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """Fields that every job kind may store, and the state of kinds without other fields."""

    locked_since: int = 0
    """Unix seconds at which the platform first refused the product as locked; 0 = it is not locked."""
    retry_at: int = 0
    """Unix milliseconds by the Redis server's clock; the job does not run before this time."""
    sent_at: int = 0
    """Unix seconds, by the platform's clock, at which an edit with a lost response was sent; 0 = there is none."""
    waiting_since: int = 0
    """Unix seconds at which the job began to wait for the platform or the seller; 0 = it does not wait."""
    waits: int = 0
    """Number of checks since then."""
    waiting_for: str = ""
    """Code of the reason for the wait."""
    rollout: Mapping[str, Any] | None = None
    """The edit held by the rollout, or the permit of an accepted one (worker/jobs/rollout_state.py)."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys written by a newer release."""


@dataclass(frozen=True, slots=True)
class PlanFingerprint:
    """Hashes of the product and of the edit body as `relist plan` saw them."""

    product: str
    edit: str


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """The `current_category_id` and `previous_category_id` of a category-change webhook, which may be empty."""

    category_id: str
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelistState(JobState):
    plan: PlanFingerprint | None = None
    """The plan that the job must carry out unchanged."""
    changed: CategoryChange | None = None
    on_v1: bool = False
    """A search for v1 products found the product."""
    ask_platform: bool = False
    """The dry run also calls the platform's listing check."""
    over_review: bool = False
    """An operator decided to edit the version under review, because its review does not end."""
    repeated: bool = False
    """The product has been edited for this decision, and another version has replaced the edit during its audit."""
    looks_again: bool = False
    """A person acted on the blocked product (an answer, `relist retry`), so cached data must not refuse it again."""


@dataclass(frozen=True, slots=True)
class AcceptedEdit:
    """The edit whose audit is followed."""

    category_id: str
    request_id: str = ""
    edited_at: int = 0
    """Unix seconds by the platform's clock."""
    off_sale: bool = False
    """The seller had deactivated the product, and it must stay deactivated."""
    edit_id: int = 0
    """The number of its entry in the record; 0 = a release that kept no numbers made the edit."""


@dataclass(frozen=True, slots=True)
class AuditNotice:
    """The end of an audit as a webhook reported it: `status` is APPROVED or FAILED, `at` is in Unix seconds."""

    status: str
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState(JobState):
    sent_edit: int = 0
    """Number of the record's entry of the creation whose response was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditState(JobState):
    edit: AcceptedEdit | None = None
    notice: AuditNotice | None = None
    repeats: bool = False
    """Whether the product is edited once more if another version replaces the edit during its audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoState(JobState):
    edited_at: str = ""
    """ISO 8601 time of the record entry that is undone; written before 0.2.0, which names the entries."""
    edits: tuple[int, ...] = ()
    """Numbers of the record's entries that are undone."""
    damaged_field: str = ""
    """Only this field is restored, where the platform has cleared it; empty = all changes of the edits."""
    cause: str = ""
    """The cause of the rollout whose edits are undone; it does not hold the undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchState(JobState):
    cursor: Mapping[str, Any] | None = None
    """`SearchProgress.dump()` of worker/jobs/search_progress.py."""
    ask_platform: bool = False
    """Copied to the jobs of the products found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeState(JobState):
    triggers: int = 0
    """How often the platform's upgrade task was requested."""
    triggered_at: int = 0
    """Unix seconds of the last request."""
    left: int | None = None
    """Products still on v1 at the last poll."""
    unchanged: int = 0
    """Number of successive polls with the same count."""


STATE_TYPES: Mapping[str, type[JobState]] = {
    "relist": RelistState,
    "list": ListState,
    "audit": AuditState,
    "undo": UndoState,
    "search": SearchState,
    "upgrade": UpgradeState,
    "canary": JobState,
}
_NESTED: Mapping[str, tuple[Callable[..., Any], Mapping[str, str]]] = {
    # Field -> its class, and the flat JSON key of each of its fields. The first one is required.
    "changed": (CategoryChange, {"category_id": "changed_category", "previous": "changed_from"}),
    "edit": (
        AcceptedEdit,
        {
            "category_id": "category_id",
            "request_id": "request_id",
            "edited_at": "edited_at",
            "off_sale": "off_sale",
            "edit_id": "edit_id",
        },
    ),
    "notice": (AuditNotice, {"status": "audit_status", "at": "audit_at"}),
}
_SCALARS: Mapping[str, type] = {
    "locked_since": int,
    "retry_at": int,
    "damaged_field": str,
    "cause": str,
    "sent_at": int,
    "sent_edit": int,
    "waiting_since": int,
    "waits": int,
    "waiting_for": str,
    "rollout": dict,
    "looks_again": bool,
    "repeated": bool,
    "repeats": bool,
    "over_review": bool,
    "off_sale": bool,
    "on_v1": bool,
    "ask_platform": bool,
    "cursor": dict,
    "triggers": int,
    "triggered_at": int,
    "left": int,
    "unchanged": int,
    "changed_category": str,
    "changed_from": str,
    "category_id": str,
    "request_id": str,
    "edited_at": int,
    "edit_id": int,
    "audit_status": str,
    "audit_at": int,
}
_NAMES = {kind: tuple(each.name for each in fields(cls) if each.name != "extra") for kind, cls in STATE_TYPES.items()}
_FIELDS_OF = {cls: tuple(each for each in fields(cls) if each.name != "extra") for cls in STATE_TYPES.values()}


def load_state(kind: str, body: Mapping[str, Any]) -> JobState:
    """The state of a job of this kind. Raises ValueError for a value of the wrong type."""
    cls = STATE_TYPES.get(kind, JobState)
    rest, values = dict(body), dict[str, Any]()
    for name in _NAMES.get(kind, _NAMES["canary"]):
        if name in _NESTED:
            make, keys = _NESTED[name]
            found = {inner: _checked(key, rest.pop(key)) for inner, key in keys.items() if key in rest}
            if next(iter(keys)) in found:
                values[name] = make(**found)
        elif name == "edits":
            if "edits" in rest:
                values[name] = _numbers(rest.pop("edits"))
        elif name == "plan":
            if "plan" in rest:
                values[name] = load_plan(rest.pop("plan"))
        elif name in rest:
            values[name] = _checked(name, rest.pop(name), str if cls is UndoState and name == "edited_at" else None)
    return cls(**values, extra=rest)


def _numbers(body: Any) -> tuple[int, ...]:
    """Raises ValueError."""
    if not isinstance(body, list) or not all(type(each) is int for each in body):
        raise ValueError("payload's state.edits must be a list of numbers")
    return tuple(body)


def load_plan(body: Any) -> PlanFingerprint:
    """The `plan` of a plan file or of a job. Raises ValueError."""
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in ("product", "edit")):
        raise ValueError("payload's plan must have the strings 'product' and 'edit'")
    return PlanFingerprint(body["product"], body["edit"])


def dump_state(state: JobState) -> dict[str, Any]:
    """The JSON object of a state, without default values."""
    body: dict[str, Any] = {}
    for each in _FIELDS_OF[type(state)]:
        value = getattr(state, each.name)
        if value == each.default:
            continue
        if each.name in _NESTED:
            body.update({key: getattr(value, inner) for inner, key in _NESTED[each.name][1].items()})
        elif isinstance(value, PlanFingerprint):
            body["plan"] = {"product": value.product, "edit": value.edit}
        else:
            body[each.name] = value
    return {**body, **state.extra}


def merge_states(old: JobState | None, newer: JobState | None) -> JobState | None:
    """The old state with every value that the newer one sets."""
    if old is None or newer is None or type(old) is not type(newer):
        return newer or old
    changes = {
        each.name: value for each in _FIELDS_OF[type(old)] if (value := getattr(newer, each.name)) != each.default
    }
    return replace(old, **changes, extra={**old.extra, **newer.extra})


def state_of(state: JobState | None, cls: type[T]) -> T:
    """The state in the type of its job's kind; a job without one has the defaults."""
    return state if isinstance(state, cls) else _defaults(cls)


def stored_state(kind: str, state: JobState | None) -> JobState:
    """The state of a job of this kind, with the defaults if it has none."""
    return state if state is not None else _defaults(STATE_TYPES.get(kind, JobState))


_TYPES: tuple[type[JobState], ...] = (JobState, *STATE_TYPES.values())
_DEFAULTS: Mapping[type, Any] = {each: each() for each in _TYPES}
"""Shared by all jobs: most have no state, and several places request it in every run."""


def _defaults(cls: type[T]) -> T:
    defaults: T = _DEFAULTS[cls]
    return defaults


def _checked(name: str, value: Any, wanted: type | None = None) -> Any:
    wanted = wanted or _SCALARS[name]
    # JSON's true is an int in Python, but not a count or a time.
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ValueError(f"payload's state.{name} must be {wanted.__name__}, not {type(value).__name__}")
    return value
