"""`relist shops`: its commands, each of which is loaded on first use."""

from __future__ import annotations

from console.sections import LazyCommand, LazyGroup

COMMANDS = {
    "add": LazyCommand("console.commands.shops_add:add", "Add a shop, or replace the tokens of a known shop."),
    "connect": LazyCommand("console.commands.shops_connect:connect", "Connect or reauthorise every shop of a seller."),
    "limit": LazyCommand("console.commands.shops_state:limit", "Limit a shop's requests per second."),
    "list": LazyCommand(
        "console.commands.shops_list:list_shops", "List all shops with their state, limit and number of products."
    ),
    "pause": LazyCommand(
        "console.commands.shops_state:pause", "Stop sending requests for shops; their jobs stay queued."
    ),
    "remove": LazyCommand(
        "console.commands.shops_remove:remove", "Remove a shop, its tokens, its open questions and its counters."
    ),
    "resume": LazyCommand("console.commands.shops_state:resume", "Resume paused or parked shops."),
    "verify": LazyCommand("console.commands.shops_verify:verify", "Check the tokens, cipher and region of each shop."),
}

shops = LazyGroup(COMMANDS, name="shops", help="Connect, add, verify, list, pause, resume, limit and remove shops.")
