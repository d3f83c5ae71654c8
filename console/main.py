"""`relist`: every command by name."""

from __future__ import annotations

import click

from console.sections import Entry, Sections

SECTIONS = {
    "Try it": {
        "demo": Entry("console.commands.demo:demo", "A whole fleet on this machine, against a simulated platform"),
        "simulator": Entry(
            "console.commands.simulator:simulator", "A TikTok Shop in a process, as strict as the platform"
        ),
        "demo-feed": Entry("console.commands.demo_feed:demo_feed", "Make a simulator's shops known and search them"),
    },
    "Run it": {
        "gateway": Entry(
            "console.commands.gateway:gateway", "Webhooks, the intake stream, metrics, the page for people"
        ),
        "worker": Entry("console.commands.worker:worker", "Work on shops until SIGTERM"),
        "doctor": Entry("console.commands.doctor:doctor", "What is not well, and how to fix it"),
        "webhooks": Entry("console.commands.webhooks:webhooks", "Where the platform sends its news"),
        "record": Entry("console.commands.record:record", "Measure, check, prune and upgrade the store of all edits"),
        "tokens": Entry("console.commands.tokens:tokens", "Change the key that stored tokens are encrypted with"),
    },
    "Shops and products": {
        "shops": Entry("console.commands.shops:shops", "Add, list, pause, resume, limit and remove shops"),
        "enqueue": Entry("console.commands.enqueue:enqueue", "Products by search, by file, by id"),
        "plan": Entry("console.commands.plan:plan", "Write what would be done to a file; edit nothing"),
        "apply": Entry("console.commands.apply:apply", "Carry out a plan, exactly as planned"),
        "undo": Entry("console.commands.undo:undo", "Put products back as they were before their edit"),
        "upgrade": Entry("console.commands.upgrade:upgrade", "Ask the platform to upgrade whole shops"),
    },
    "Watch it": {
        "status": Entry("console.commands.status:status", "How far every shop is; --watch stays"),
        "forecast": Entry("console.commands.forecast:forecast_command", "Which shops will be through in time"),
        "history": Entry("console.commands.history:history", "Everything that is known of one product"),
    },
    "What people decide": {
        "worklist": Entry("console.commands.worklist:worklist", "Export what they must answer, import the answers"),
        "retry": Entry("console.commands.retry:retry", "Try again what is blocked, by reason or by outcome"),
        "mapping": Entry("console.commands.mapping:mapping", "Check a mapping of old categories to v2 leaves"),
        "attribute-rules": Entry("console.commands.attribute_rules:attribute_rules", "Check defaults for attributes"),
    },
    "Your shell": {
        "completion": Entry("console.commands.completion:completion", "The completion script of bash, zsh or fish"),
    },
}

main = click.version_option(package_name="tiktok-relist")(
    Sections(
        SECTIONS,
        name="relist",
        help="""Moves every TikTok Shop product onto the v2 category tree.

        Start with `relist demo`. `relist COMMAND --help` has an example of every command.
        """,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        no_args_is_help=True,
    )
)
