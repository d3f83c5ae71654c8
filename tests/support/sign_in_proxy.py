"""Debian's Apache with mod_auth_openidc, configured by deploy/sign-in/apache.conf, in front of a gateway."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.support.deploy_tools import ROOT
from tests.support.free_ports import free_port
from tests.support.monitoring_stack import until
from tests.support.redis_server import die_with_parent

MODULES = Path("/usr/lib/apache2/modules")
NEEDED = (
    *("mpm_event", "authn_core", "authz_core", "authz_user", "env", "headers"),
    *("proxy", "proxy_http", "auth_openidc"),
)
CONFIG = """
ServerRoot {directory}
Listen 127.0.0.1:{port}
ServerName 127.0.0.1
PidFile {directory}/apache.pid
ErrorLog {directory}/error.log
User www-data
Group www-data
{modules}
Include {example}
"""


@contextlib.contextmanager
def identity_provider(users: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Run an OpenID Connect provider whose login form takes the `sub` of a user. Yields its address."""
    port = free_port()
    claims = [part for user in users for part in ("--user-claims", json.dumps(user))]
    command = [str(Path(sys.executable).with_name("oidc-provider-mock")), "--port", str(port), *claims]
    with _process(command, os.environ):
        until(lambda: _listens(port), "the identity provider listens")
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def sign_in_proxy(directory: Path, issuer: str, gateway: str) -> Iterator[str]:
    """Yields the address that people open."""
    directory.mkdir()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED)
    config = directory / "apache2.conf"
    example = ROOT / "deploy/sign-in/apache.conf"
    config.write_text(CONFIG.format(directory=directory, port=port, modules=modules, example=example))
    environment = {
        **os.environ,
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "relist",
        "OIDC_CLIENT_SECRET": "a secret of the tests",
        "OIDC_PASSPHRASE": "a passphrase of the tests",
        "RELIST_ADDRESS": address,
        "RELIST_GATEWAY": gateway,
    }
    with _process(["/usr/sbin/apache2", "-f", str(config), "-DFOREGROUND"], environment):
        until(lambda: _listens(port), f"Apache listens: {directory}", 20)
        yield address


@contextlib.contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
