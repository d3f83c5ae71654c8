"""Requests to the platform go through a proxy, with TLS certificates of a private authority."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.command_here import fleet_command
from tests.support.fleet_here import FleetHere
from tests.support.forward_proxy import forward_proxy, tls_front

pytestmark = pytest.mark.slow

HOST = "https://open-api.shop.example"
"""Does not resolve on this machine: only the proxy reaches it."""


async def test_commands_reach_the_platform_through_a_proxy_and_a_private_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.issue("platform", "open-api.shop.example"))
    async with FleetHere(("--shops", "2", "--products", "2")) as fleet:
        await fleet.add_shops()
        port = int(fleet.platform.address.rpartition(":")[2])
        async with tls_front(port, context) as secure, forward_proxy(secure, "agency:pass-of-tests") as proxy:
            environment = {
                "RELIST_API_URL": HOST,
                "RELIST_AUTH_URL": HOST,
                "RELIST_PROXY_URL": f"http://agency:pass-of-tests@{proxy.address}",
                "RELIST_CA_FILE": str(authority.file),
            }

            async def doctor(**changes: str) -> tuple[int, set[str], str]:
                ended = await fleet_command(fleet, "doctor", "--json", environment={**environment, **changes})
                failed = {each["cause"] for each in json.loads(ended.out) if each["verdict"] == "failure"}
                return ended.code, failed, ended.out + ended.err

            fine = await doctor()
            assert fine[:2] == (0, set()), fine[2]
            assert set(proxy.requests) == {"CONNECT open-api.shop.example:443 HTTP/1.1"}
            assert (await fleet_command(fleet, "shops", "verify", environment=environment)).code == 0
            refused = await doctor(RELIST_PROXY_URL=f"http://agency:wrong-pass@{proxy.address}")
            assert refused[:2] == (1, {"proxy"})
            assert "wrong-pass" not in refused[2]
            assert (await doctor(RELIST_PROXY_URL="http://127.0.0.1:1"))[:2] == (1, {"proxy"})
            other = Authority(tmp_path, "other")
            assert (await doctor(RELIST_CA_FILE=str(other.file)))[:2] == (1, {"tls"})
            assert (await doctor(RELIST_NO_PROXY="shop.example"))[:2] == (1, {"network"})
            bad = await fleet_command(fleet, "doctor", environment={"RELIST_PROXY_URL": "socks5://a:secret-of-tests@b"})
            assert "RELIST_PROXY_URL: must be http://" in bad.out
            assert "secret-of-tests" not in bad.out
