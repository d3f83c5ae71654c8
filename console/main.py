"""The `relist` command and its subcommands."""

from __future__ import annotations

import click

from console.sections import LazyCommand, Sections

SECTIONS = {
    "Try it": {
        "demo": LazyCommand("console.commands.demo:demo", "Run a whole fleet locally against a simulated platform"),
        "simulator": LazyCommand("console.commands.simulator:simulator", "Run a simulated TikTok Shop"),
        "demo-feed": LazyCommand("console.commands.demo_feed:demo_feed", "Add a simulator's shops and search them"),
    },
    "Run it": {
        "gateway": LazyCommand(
            "console.commands.gateway:gateway", "Serve webhooks, the intake stream, metrics and the web UI"
        ),
        "worker": LazyCommand("console.commands.worker:worker", "Process jobs until SIGTERM"),
        "doctor": LazyCommand("console.commands.doctor:doctor", "Check the installation and suggest fixes"),
        "webhooks": LazyCommand("console.commands.webhooks:webhooks", "Show and set webhook subscriptions"),
        "record": LazyCommand("console.commands.record:record", "Measure, check, prune and upgrade the record"),
        "tokens": LazyCommand("console.commands.tokens:tokens", "Rotate the key that encrypts stored tokens"),
    },
    "Shops and products": {
        "calibrate": LazyCommand(
            "console.commands.calibrate:calibrate", "Measure the platform's behaviour on a development shop"
        ),
        "shops": LazyCommand("console.commands.shops:shops", "Connect, list, pause, limit and remove shops"),
        "enqueue": LazyCommand("console.commands.enqueue:enqueue", "Enqueue products by search, file or ID"),
        "plan": LazyCommand("console.commands.plan:plan", "Write planned edits to a file without sending them"),
        "review": LazyCommand("console.commands.review:review", "Show a plan in words, in groups to approve or reject"),
        "apply": LazyCommand("console.commands.apply:apply", "Send the edits of a plan file"),
        "undo": LazyCommand("console.commands.undo:undo", "Restore products to their state before an edit"),
        "cancel": LazyCommand("console.commands.cancel:cancel", "End the queued work of a run or a shop"),
        "upgrade": LazyCommand("console.commands.upgrade:upgrade", "Ask the platform to upgrade whole shops"),
    },
    "Watch it": {
        "status": LazyCommand("console.commands.status:status", "Show the progress of the fleet"),
        "runs": LazyCommand("console.commands.runs:runs", "List the newest runs and their progress"),
        "forecast": LazyCommand("console.commands.forecast:forecast_command", "Show which shops will finish in time"),
        "history": LazyCommand("console.commands.history:history", "Show everything known about one product"),
        "report": LazyCommand("console.commands.report:report", "Report on a run or shop as HTML, CSV or JSON"),
    },
    "Answer it": {
        "worklist": LazyCommand("console.commands.worklist:worklist", "Export open questions and import the answers"),
        "retry": LazyCommand("console.commands.retry:retry", "Requeue blocked products by reason or outcome"),
        "rollout": LazyCommand("console.commands.rollout:rollout", "Show what is stopped and why; release or stop"),
        "categories": LazyCommand(
            "console.commands.categories:categories", "Show the v2 tree and what each leaf requires"
        ),
        "mapping": LazyCommand(
            "console.commands.mapping:mapping", "Suggest, check and copy mappings of categories to v2 leaves"
        ),
        "attribute-rules": LazyCommand(
            "console.commands.attribute_rules:attribute_rules", "Check default values for attributes"
        ),
        "refusals": LazyCommand("console.commands.refusals:refusals", "Show what was learned from refused edits"),
    },
    "Your shell": {
        "completion": LazyCommand("console.commands.completion:completion", "Print a completion script for your shell"),
    },
}

main = click.version_option(package_name="tiktok-relist")(
    Sections(
        SECTIONS,
        name="relist",
        help="""Moves every TikTok Shop product onto the v2 category tree.

        Start with `relist demo`. `relist COMMAND --help` shows an example of each command.
        """,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
        no_args_is_help=True,
    )
)
