"""Writes the actions of commands to the record's action log, as the web UI does for its actions."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from config.settings import Settings
from console.record_access import complain, record_of
from record.action_log import NewAction
from redis_client.connect import AnyRedis
from undo.cancelled_states import record_cancelled

ROLE = "command"
"""Written to the log in place of the web UI's user role."""
NAMED_SHOPS = 200


def acting_user(settings: Settings) -> str:
    """Return RELIST_ACTOR, else the user who called sudo, else the user of this process."""
    number = os.getuid()
    behind_sudo = os.environ.get("SUDO_USER", "") if number == 0 else ""
    if settings.actor or behind_sudo:
        return settings.actor or behind_sudo
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"  # a container may run as a number without a name


async def note_order(settings: Settings, order: str, about: Mapping[str, Any], *, stops_work: bool = False) -> None:
    """Write the action to the log. Call it before the action is carried out.

    An action that cannot be logged is refused, unless it `stops_work`: pausing must be possible while the record is
    unavailable. Raises ClickException.
    """
    user = acting_user(settings)
    try:
        async with record_of(settings) as record:
            await record.upgrade()
            await record.add_action(NewAction(datetime.now(UTC), user, ROLE, order, about))
    except click.ClickException as problem:
        if not stops_work:
            raise click.ClickException(
                f"not done, because the action log cannot be written: {problem.message}"
            ) from None
        complain(f"this action is missing from the action log: {problem.message}")


async def note_cancelled(settings: Settings, redis: AnyRedis, shop_ids: Sequence[str], run_id: str) -> None:
    """Records the states of cancelled products. The work stays cancelled if the record is unavailable."""
    try:
        async with record_of(settings) as record:
            await record_cancelled(record, redis, shop_ids, run_id, datetime.now(UTC))
    except click.ClickException as problem:
        complain(f"the work is cancelled, but the record does not show it: {problem.message}; run the command again")


def named_shops(shop_ids: Sequence[str]) -> dict[str, Any]:
    """The shops of an action, for its entry: the first 200, and their number. Pure."""
    return {"shops": list(shop_ids[:NAMED_SHOPS]), "count": len(shop_ids)}
