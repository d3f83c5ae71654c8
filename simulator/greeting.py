"""The text that the simulator prints when it starts: keys and a first request to paste into a shell."""

from __future__ import annotations

from simulator.options import SimulatorOptions
from simulator.world import World

SHOWN_SHOPS = 5
PATH = "/authorization/202309/shops"


def greeting(world: World, url: str) -> str:
    options = world.options
    lines = [
        f"profile {world.profile.name}: {world.profile.summary}",
        f"{options.products} products in {options.shops} shops, {len(world.trees.v1_leaves)} v1 leaves,"
        f" {sum(node.leaf for node in world.trees.v2.values())} v2 leaves",
        "",
        *_apps(options),
        f"consent page {url}/oauth/authorize?app_key={options.app_key}",
        "",
    ]
    for shop in world.shops[:SHOWN_SHOPS]:
        lines += [
            f"shop {shop.shop_id} ({shop.region}, {shop.name})",
            f"  cipher         {shop.cipher}",
            f"  access token   {shop.access_token()}",
            f"  refresh token  {shop.refresh_token}",
            f"  auth code      {shop.account.auth_code}",
        ]
    if len(world.shops) > SHOWN_SHOPS:
        lines += [f"... and {len(world.shops) - SHOWN_SHOPS} more: curl {url}/simulator/shops"]
    lines += [
        "",
        "A first request, listing the shops of the first token:",
        "",
        *_first_request(options, world, url),
    ]
    lines += [
        "",
        "Read and change while it runs:",
        f"  switches  curl {url}/simulator/switches -d '{{\"edit_reactivates\": true}}'   (without -d: show)",
        f"  faults    curl {url}/simulator/faults -d '{{\"outage\": true}}'",
        f"  ledger    curl {url}/simulator/ledger",
    ]
    return "\n".join(lines)


def _apps(options: SimulatorOptions) -> list[str]:
    lines = []
    for keys in map(options.app, range(options.apps)):
        lines += [f"app key      {keys.key}", f"app secret   {keys.secret}", f"service ID   {keys.service_id}"]
    return lines


def _first_request(options: SimulatorOptions, world: World, url: str) -> list[str]:
    """Shell lines that sign with the current time, because a timestamp is valid for five minutes."""
    return [
        f"  key={options.app_key} secret={options.app_secret} time=$(date +%s)",
        f'  sign=$(printf %s "${{secret}}{PATH}app_key${{key}}timestamp${{time}}${{secret}}" |'
        " openssl dgst -sha256 -hmac \"$secret\" -r | cut -d' ' -f1)",
        f'  curl -H "x-tts-access-token: {world.shops[0].access_token()}"'
        f' "{url}{PATH}?app_key=$key&timestamp=$time&sign=$sign"',
    ]
