"""Arguments for every command, so that tests can run all of them and detect a new one."""

from __future__ import annotations

from collections.abc import Iterator

import click

from console.main import main

SHOP, PRODUCT = "7494000000000000001", "1729000000000000001"
SERVICES = frozenset({"demo", "simulator", "demo-feed", "gateway", "worker"})
"""Run until they are stopped, or need a separate simulator."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "doctor": (),
    "webhooks list": (SHOP,),
    "webhooks set": ("https://relist.example.com/webhooks/tiktok",),
    "record upgrade": (),
    "record size": (),
    "record prune": ("--older-than", "3650d", "--dry-run"),
    "record verify": (),
    "record backup": ("-",),
    "record rebuild": (),
    "record import": (".",),
    "record erase": ("7494999999999999999", "--yes"),
    "tokens rotate": (),
    "calibrate": ("--shop", SHOP),
    "shops connect": ("-",),
    "shops add": ("--shop-id", SHOP, "--cipher", "c", "--region", "US"),
    "shops verify": (),
    "shops list": (),
    "shops pause": (SHOP, "--reason", "Inventur: später"),
    "shops resume": (SHOP,),
    "shops limit": (SHOP, "5"),
    "shops remove": ("7494999999999999999",),
    "enqueue search": ("--shop", SHOP, "--run-id", "every"),
    "enqueue file": ("-",),
    "enqueue ids": ("--shop", SHOP, PRODUCT),
    "plan": ("-", "--shop", SHOP),
    "apply": ("-",),
    "review": ("-",),
    "undo": ("--run", "nothing"),
    "cancel": ("--run", "nothing"),
    "upgrade": ("--shop", SHOP),
    "status": ("--reasons",),
    "runs": (),
    "forecast": (),
    "history": (SHOP, PRODUCT),
    "report": ("--shop", SHOP, "--format", "csv", "--output", "-"),
    "worklist export": ("-",),
    "worklist import": ("-",),
    "retry": ("--reason", "12052208"),
    "rollout list": (),
    "rollout show": ("market/US",),
    "rollout release": ("market/US",),
    "rollout accept": ("market/US",),
    "rollout stop": ("market/ID",),
    "rollout undo": ("market/ID", "--yes"),
    "rollout probe": ("market/US",),
    "rollout run-policy": ("every", "careful"),
    "rollout prune": (),
    "rollout simulate": ("-",),
    "categories export": ("-", "--shop", SHOP),
    "categories trust": (),
    "categories show": ("600001", "--shop", SHOP),
    "mapping suggest": ("-", "--output", "-", "--shop", SHOP),
    "mapping check": ("-",),
    "mapping hits": ("-", "--plan", "/dev/null"),
    "mapping copy": ("-", "--output", "-", "--from-shop", SHOP, "--to-shop", SHOP),
    "attribute-rules check": ("-", "--shop", SHOP),
    "attribute-rules suggest": ("-", "-", "--category", "600001", "--shop", SHOP),
    "refusals list": (),
    "refusals forget": ("US", "nothing"),
    "completion": ("bash",),
}


def leaves(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The name of every command that is not a group."""
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from leaves(each, (*path, name))
    else:
        yield " ".join(path)
