"""`relist`: every command by name."""

from __future__ import annotations

import click

from console.completion import completion
from console.demo import demo
from console.demo_feed import demo_feed
from console.doctor import doctor
from console.enqueue import enqueue
from console.forecast import forecast_command
from console.history import history, undo
from console.operator_files import attribute_rules, mapping
from console.plan import apply, plan
from console.processes import gateway, simulator, worker
from console.retry import retry
from console.shops import shops
from console.status import status
from console.tokens import tokens
from console.upgrade import upgrade
from console.webhooks import webhooks
from console.worklist import worklist


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tiktok-relist")
def main() -> None:
    """Moves every TikTok Shop product onto the v2 category tree.

    Start with `relist demo`: a whole fleet on this machine, against a simulated platform.
    """


COMMANDS = (
    demo,
    demo_feed,
    simulator,
    worker,
    gateway,
    shops,
    enqueue,
    upgrade,
    status,
    forecast_command,
    worklist,
    retry,
    plan,
    apply,
    history,
    undo,
    mapping,
    attribute_rules,
    tokens,
    webhooks,
    doctor,
    completion,
)
for command in COMMANDS:
    main.add_command(command)
