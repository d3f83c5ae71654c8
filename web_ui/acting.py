"""Carries out people's actions: once per form, and never without an entry in the action log."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import structlog

from record.action_log import Action, NewAction
from record.record import Record
from redis_client.connect import AnyRedis
from web_ui.access.session import Session

log = structlog.get_logger("relist.web")

INTENT_SECONDS = 24 * 3600
MAX_INTENT = 64


class AlreadyDone(Exception):
    """This form was sent before, so nothing more has to be done."""


class Acting:
    def __init__(self, redis: AnyRedis, record: Record) -> None:
        self._redis, self._record = redis, record

    @staticmethod
    def new_intent() -> str:
        """The value that identifies a form sent twice."""
        return secrets.token_urlsafe(16)

    @asynccontextmanager
    async def once(self, intent: str) -> AsyncIterator[None]:
        """Raises AlreadyDone if a form with this intent was carried out before; a failed form may be repeated.

        A form without an intent is carried out each time it is sent.
        """
        key = f"relist:web:intent:{intent[:MAX_INTENT]}"
        if intent and not await self._redis.execute_command("SET", key, 1, "NX", "EX", INTENT_SECONDS):
            raise AlreadyDone
        try:
            yield
        except BaseException:
            if intent:
                await self._redis.execute_command("DEL", key)
            raise

    async def note(self, session: Session, name: str, about: Mapping[str, Any]) -> Action:
        """Write the action to the action log. Call it before the action is carried out.

        Raises RecordUnavailable: an action that cannot be logged must not be carried out.
        """
        user = session.user
        if user is None:
            raise RuntimeError("only people who are signed in act")
        entry = await self._record.add_action(NewAction(datetime.now(UTC), user.name, user.role, name, about))
        log.info("action_logged", order=name, user=user.name, action_id=entry.id, hash=entry.hash)
        return entry

    async def note_refused(self, session: Session, noted: int, taken: int) -> None:
        """Correct the entry of `noted` answers if fewer were taken, because other people answered at the same time."""
        if taken < noted:
            await self.note(session, "answers_refused", {"answers": noted - taken})
