"""`relist webhooks`: show and set each shop's webhook subscriptions."""

from __future__ import annotations

import click
import orjson

from authorisation.causes import Cause
from config.addresses import check_webhook_address
from console.formatting import pluralize
from console.platform_client import client_of, clients_of
from console.session import chosen_shops, redis_of, run, settings_or_exit
from console.webhook_subscriptions import subscribe_all
from tiktok_shop.webhooks import SUBSCRIBED_EVENTS


@click.group()
def webhooks() -> None:
    """Show and set the addresses the platform sends webhooks to."""


@webhooks.command("list")
@click.argument("shop_id")
@click.option("--json", "as_json", is_flag=True, help="Output JSON.")
def list_(shop_id: str, as_json: bool) -> None:
    """Show where the platform sends the events that the service uses.

    Example: relist webhooks list 7494000000000000001
    """
    settings = settings_or_exit()

    async def work() -> dict[str, str]:
        async with redis_of(settings) as redis, client_of(settings, redis, shop_id) as client:
            return await client.get_webhooks()

    found = run(work(), settings)
    if as_json:
        click.echo(orjson.dumps(found).decode())
        return
    for event_type in SUBSCRIBED_EVENTS:
        click.echo(f"{event_type:36} {found.get(event_type) or 'not subscribed'}")


@webhooks.command("set")
@click.argument("address")
@click.option("--shop", "shop_ids", multiple=True, help="May be repeated; default: all shops.")
def set_(address: str, shop_ids: tuple[str, ...]) -> None:
    """Subscribe shops to every event the service uses. Failing shops are reported; the others are subscribed.

    ADDRESS is the gateway's public address: HTTPS on a domain name, without a port, with the path /webhooks/tiktok.

    Example: relist webhooks set https://relist.example.com/webhooks/tiktok
    """
    try:
        check_webhook_address(address)
    except ValueError as problem:
        raise click.ClickException(f"the webhook address {problem}") from None
    settings = settings_or_exit()

    async def work() -> tuple[dict[str, tuple[str, ...]], dict[Cause, list[str]]]:
        async with redis_of(settings) as redis, clients_of(settings, redis) as client_for:
            return await subscribe_all(client_for, await chosen_shops(redis, shop_ids), address)

    missing, failed = run(work(), settings)
    complete = sum(not events for events in missing.values())
    click.echo(f"{pluralize(complete, 'shop')} subscribed to {len(SUBSCRIBED_EVENTS)} events each")
    for shop_id, events in missing.items():
        if events:
            click.echo(f"shop {shop_id}: the platform does not keep {', '.join(events)}: try again later", err=True)
    for cause, ids in failed.items():
        click.echo(
            f"not subscribed: {cause.what}; {cause.fix} ({pluralize(len(ids), 'shop')}: {', '.join(ids)})", err=True
        )
    if failed or complete < len(missing):
        raise click.exceptions.Exit(1)
