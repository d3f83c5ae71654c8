"""`relist simulator`: the command's options, its help and its process."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import click

from facts.fact import shown
from facts.load import platform_facts
from simulator.greeting import greeting
from simulator.options import DEMO, FAULT_TYPES, FIXED_AT_START, OPTION_TYPES, SimulatorOptions
from simulator.profile import load_profile, profile_names
from simulator.server import start
from simulator.settings import BadSetting, make_options, read_settings


class _Command(click.Command):
    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the example, then the settings, which are read from the data files only when the help is printed."""
        super().format_epilog(ctx, formatter)
        with formatter.indentation():
            formatter.write_paragraph()
            formatter.write_text(_epilog())


def _epilog() -> str:
    """Lists the settings of --set. A line with a backspace keeps click from wrapping the block after it."""
    facts, defaults = platform_facts().switches, SimulatorOptions()
    lines = ["\b", "Profiles (--profile):"]
    lines += [f"  {name:<15} {load_profile(name).summary}" for name in profile_names()]
    lines += ["", "\b", "Switches (--set NAME=VALUE); docs/platform-facts.md explains each:"]
    for name, fact in facts.items():
        if fact.switch is not None:
            positions = "|".join(map(shown, fact.switch.positions))
            lines += [f"  {name} = {shown(fact.switch.default)}  ({positions})"]
    others = [name for name in OPTION_TYPES if name not in facts and name not in FIXED_AT_START]
    lines += ["", "\b", "Rates and times (--set):"]
    lines += [f"  {name} = {_listed(getattr(defaults, name))}" for name in others]
    lines += ["", "\b", "Faults (--set, or POST /simulator/faults while it runs):"]
    lines += [f"  {name}" for name in FAULT_TYPES if name not in facts]
    lines += [
        "",
        "\b",
        f"App key {defaults.app_key}, app secret {defaults.app_secret}. Once it runs it prints the shops'",
    ]
    lines += ["tokens and a first request to paste."]
    return "\n".join(lines)


def _listed(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@click.command(cls=_Command)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default="any free one")
@click.option("--profile", default=DEMO, show_default=True, help="Profile of the simulated world; see the list below.")
@click.option("--seed", default=1, show_default=True)
@click.option("--shops", default=10, show_default=True)
@click.option("--products", default=2000, show_default=True, help="Number of products in all shops together.")
@click.option("--region", "regions", multiple=True, help="Region code; repeatable.  [default: the profile's, or US]")
@click.option(
    "--apps", type=click.IntRange(min=1), help="Number of apps, to which the sellers are assigned in turn. [default: 1]"
)
@click.option("--redirect-url", help="Where the consent page sends the seller's browser with the code.")
@click.option("--webhook-url", help="URL that receives all signed webhooks.")
@click.option("--audit-seconds", type=(float, float), default=(0.5, 1.5), show_default=True)
@click.option("--unlimited", is_flag=True, help="Disable rate limits, for benchmarks.")
@click.option("--shops-per-authorization", type=int, help="Number of shops per authorisation.  [default: 1]")
@click.option("--access-token-seconds", default=7 * 86400, show_default=True, help="Lifetime of an access token.")
@click.option("--old-tokens-live", is_flag=True, help="A refresh leaves earlier tokens valid.")
@click.option("--quota-code", type=int, help="12052093 or 12052109.  [default: 12052093]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Switch, rate or fault; repeatable.")
def simulator(host: str, port: int, profile: str, settings: tuple[str, ...], **given: Any) -> None:
    """Simulate a TikTok Shop with several shops until SIGTERM.

    Example: relist simulator --profile mexico --shops 5 --products 1000 --port 9000 --set edit_reactivates=true
    """
    try:
        options, faults = world_of(profile, settings, **given)
    except BadSetting as error:
        raise click.ClickException(str(error)) from None
    asyncio.run(_serve(options, faults, host, port))


def world_of(profile: str, settings: tuple[str, ...], **given: Any) -> tuple[SimulatorOptions, dict[str, Any]]:
    """The options and faults given on the command line. Raises BadSetting."""
    switches, faults = read_settings(settings)
    return make_options(profile, **{**_options(given), **switches}), faults


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The SimulatorOptions given on the command line; the profile sets the others."""
    alive = given.pop("old_tokens_live")
    options = {name: value for name, value in given.items() if value not in (None, ())}
    if alive:
        options |= {"old_tokens_die": False, "old_refresh_tokens_die": False}
    return options


async def _serve(options: SimulatorOptions, faults: dict[str, Any], host: str, port: int) -> None:
    try:
        running = await start(options, host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    for name, value in faults.items():
        setattr(running.world.faults, name, value)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Programs that start the simulator read the first line only.
    click.echo(f"ready {running.url}\n{greeting(running.world, running.url)}")
    await stop.wait()
    await running.stop()
