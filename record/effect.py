"""Determines whether a recorded edit took effect on the platform. Pure."""

from __future__ import annotations

from typing import Literal

from record.entry import StoredEdit

Effect = Literal["live", "in_audit", "unanswered", "none", "not_sent"]
"""`live`: the listing has the edit. `in_audit`: it was accepted, and the result of its audit is not known yet.
`unanswered`: it may or may not have reached the platform. `none`: it was refused, or its audit failed. `not_sent`: it
never reached the platform.
"""


def effect_of(edit: StoredEdit) -> Effect:
    if edit.event("refused") is not None:
        return "none"
    if edit.event("not_sent") is not None:
        return "not_sent"
    ended = edit.event("audit_ended")
    if ended is not None:
        return "live" if ended.about.get("outcome") == "relisted" else "none"
    answered = edit.event("answered")
    if answered is None:
        return "unanswered"
    return "in_audit" if answered.about.get("outcome") == "in_audit" else "live"


def damaged_fields(edit: StoredEdit) -> frozenset[str]:
    """Fields that the read-back found damaged: `damaged` in the edit's `read_back` event."""
    look = edit.event("read_back")
    names = look.about.get("damaged") if look is not None else None
    return frozenset(map(str, names)) if isinstance(names, list) else frozenset()
