"""Settings, connections and error handling shared by all commands."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import structlog
from redis.exceptions import OutOfMemoryError, RedisClusterException, RedisError

from authorisation.causes import cause_of
from config.logging.setup import configure_logging
from config.settings import Settings, SettingsError, load_settings
from config.unknown_settings import unknown_settings
from console.redis_remedies import START, redis_remedy
from redis_client.connect import AnyRedis, connect
from redis_client.memory import NoMemoryLeft
from shop_queue.shop_registry import ShopRegistry, UnknownShop
from tiktok_shop.errors import TikTokShopError
from token_store.cipher import TokenKeyMismatch

log = structlog.get_logger("relist")
T = TypeVar("T")
REDIS_FULL = "Redis is full: wait until jobs have finished, or raise maxmemory (docs/runbooks/redis-memory-high.md)"
_CONNECTING = re.compile(r"Error (?P<number>-?\d+) connecting to .+?\. (?P<rest>.*?)\.*$")
"""The message of redis-py's connection errors."""
_SCRIPT = re.compile(r"\.? script: [0-9a-f]{40}, on @user_script:\d+")
"""The place in a script at which a command was refused."""


def settings_or_exit() -> Settings:
    try:
        settings = load_settings()
    except SettingsError as problem:
        where = "see .env.example" if Path(".env").is_file() else "no .env in this directory; see .env.example"
        raise click.ClickException(f"{problem} ({where})") from None
    configure_logging(settings.log_format, settings.log_level)
    return settings


def log_unknown_settings() -> None:
    for problem in unknown_settings():
        log.warning("setting_unknown", problems=problem)


def run(
    work: Coroutine[Any, Any, T],
    settings: Settings,
    new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> T:
    """Run a command's coroutine. Expected errors become one line and exit code 1."""
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(work)
    except NoMemoryLeft as full:
        raise click.ClickException(str(full)) from None
    except OutOfMemoryError:
        raise click.ClickException(REDIS_FULL) from None
    except (RedisError, RedisClusterException) as error:
        remedy = redis_remedy(error)
        what_to_do = ". Is RELIST_REDIS_URL right?" if remedy == START else f"; {remedy}"
        raise click.ClickException(f"{redis_unavailable(error, settings)}{what_to_do}") from None
    except TikTokShopError as error:
        raise click.ClickException(f"{error}; {cause_of(error).fix}") from None
    except (UnknownShop, TokenKeyMismatch, SettingsError) as error:
        raise click.ClickException(str(error)) from None


def redis_unavailable(error: Exception, settings: Settings) -> str:
    """Return which Redis cannot be used, and why, without its password."""
    found = _CONNECTING.match(str(error))
    why = _SCRIPT.sub("", str(error)).rstrip(".")
    if found is not None:
        number = int(found["number"])
        why = os.strerror(number) if number > 0 else found["rest"]
    return f"Redis at {settings.redis_url.rpartition('@')[2]} cannot be used: {why}"


async def chosen_shops(redis: AnyRedis, shop_ids: Sequence[str]) -> list[str]:
    """Return the named shops, or all shops. Raises UnknownShop, or ClickException if there are no shops."""
    registry = ShopRegistry(redis)
    if shop_ids:
        return [(await registry.get(each)).shop_id for each in shop_ids]
    known = [shop.shop_id for shop in await registry.all()]
    if not known:
        raise click.ClickException("there are no shops: connect one with `relist shops connect`")
    return known


@asynccontextmanager
async def redis_of(settings: Settings) -> AsyncIterator[AnyRedis]:
    """Yield a connection to Redis that has answered a PING. Raises RedisError."""
    redis = connect(settings.redis_url)
    try:
        await redis.execute_command("PING")
        yield redis
    finally:
        await redis.aclose()


def announce_ready(port: int) -> None:
    click.echo(f"ready {port}")
