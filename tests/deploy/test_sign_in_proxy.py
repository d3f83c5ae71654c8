"""People sign in through a real proxy and OpenID Connect, with the configuration that the docs name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from tests.support.fleet_here import FleetHere
from tests.support.sign_in_proxy import identity_provider, sign_in_proxy

pytestmark = pytest.mark.slow

USERS = (
    {"sub": "ana", "email": "ana@example.com", "groups": ["staff", "relist-operators"]},
    {"sub": "ben", "email": "ben@example.com", "groups": ["relist-viewers"]},
    {"sub": "eve", "email": "eve@example.com", "groups": ["strangers"]},
)
SETTINGS = {
    "page_proxies": "127.0.0.1",
    "page_operator_group": "relist-operators",
    "page_viewer_group": "relist-viewers",
    "page_sign_out": "/oauth2/callback?logout=",
}
FORGED = {"X-Forwarded-User": "root@example.com", "X-Forwarded-Groups": "relist-operators"}


@asynccontextmanager
async def visitor(address: str = "127.0.0.1") -> AsyncIterator[ClientSession]:
    """`address`: of the client."""
    connector = TCPConnector(local_addr=(address, 0))
    async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as session:
        yield session


async def signed_in(session: ClientSession, page: str, user: str) -> tuple[int, str]:
    """Follow the redirect to the provider's form, send it, and return the status and text of the page."""
    async with session.get(page) as form:
        assert "/oauth2/authorize" in str(form.url)
        async with session.post(form.url, data={"sub": user}) as answer:
            return answer.status, await answer.text()


async def status_of(session: ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def test_people_sign_in_with_their_roles_and_headers_of_others_are_refused(tmp_path: Path) -> None:
    async with FleetHere(("--shops", "1", "--products", "1"), SETTINGS) as fleet:
        (shop,) = await fleet.add_shops()
        gateway = f"http://127.0.0.1:{fleet.gateway.address}"
        tmp_path.chmod(0o755)
        with identity_provider(USERS) as issuer, sign_in_proxy(tmp_path / "apache", issuer, gateway) as page:
            async with visitor() as ana:
                status, text = await signed_in(ana, f"{page}/shops/{shop}", "ana")
                assert (status, "ana@example.com" in text, "Pause this shop" in text) == (200, True, True)
                token = re.search(r'name="csrf" value="([^"]+)"', text)
                assert token is not None
                form = {"csrf": token[1]}
                async with ana.post(f"{page}/shops/{shop}/pause", data=form, allow_redirects=False) as paused:
                    assert paused.status == 303
                async with ana.get(f"{page}/activity", headers=FORGED) as activity:
                    text = await activity.text()
                assert "ana@example.com" in text, "the proxy replaces headers of clients"
                assert "root@example.com" not in text
                async with ana.post(f"{page}/logout", data=form, allow_redirects=False) as out:
                    assert (out.status, out.headers["location"]) == (303, "/oauth2/callback?logout=")
                async with ana.get(f"{page}/oauth2/callback?logout=", allow_redirects=False) as left:
                    assert left.headers["location"].startswith(f"{issuer}/oauth2/end_session")
                assert await status_of(ana, f"{page}/") == 302, "the session of the proxy has ended, too"
            async with visitor() as ben:
                status, text = await signed_in(ben, f"{page}/shops/{shop}", "ben")
                assert (status, "ben@example.com" in text, "Pause this shop" in text) == (200, True, False)
            async with visitor() as eve:
                assert (await signed_in(eve, f"{page}/", "eve"))[0] == 403
            async with visitor() as nobody:
                assert await status_of(nobody, f"{page}/", **FORGED) == 302, "to the provider"
                assert await status_of(nobody, f"{page}/metrics") == 403
                assert await status_of(nobody, f"{page}/readyz") == 403
                assert await status_of(nobody, f"{page}/connect/callback") == 400, "the gateway answers"
                async with nobody.post(f"{page}/webhooks/tiktok", data=b"{}", headers=FORGED) as unsigned:
                    assert unsigned.status == 401, "the gateway answers"
            async with visitor("127.0.0.2") as stranger:
                assert await status_of(stranger, gateway, **FORGED) == 403
                assert await status_of(stranger, gateway) == 303, "to the form that asks for a token"
