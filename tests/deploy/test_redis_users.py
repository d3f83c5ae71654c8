"""The Compose option that gives every process a separate Redis user."""

from __future__ import annotations

import subprocess

import pytest

from tests.support.compose import composed

FILES = ("docker-compose.yml", "deploy/compose.acl.yml")
PASSWORDS = {f"{user}_PASSWORD": f"p-{user}" for user in ("WORKER", "GATEWAY", "OPERATOR")}


def test_compose_acl_gives_each_process_a_user() -> None:
    plain = composed()["services"]["redis"]["command"]
    services = composed(*FILES, REDIS_USERS="/etc/relist/users.acl", **PASSWORDS)["services"]
    assert services["redis"]["command"] == [*plain, "--aclfile", "/etc/valkey/users.acl"]
    for name, user in {"worker": "worker", "gateway": "gateway", "demo-feed": "operator"}.items():
        address = services[name]["environment"]["RELIST_REDIS_URL"]
        assert address == f"redis://{user}:p-{user.upper()}@redis:6379/0"


@pytest.mark.parametrize("missing", [*PASSWORDS, "REDIS_USERS"])
def test_nothing_starts_without_a_password_or_the_file(missing: str) -> None:
    given = {"REDIS_USERS": "/etc/relist/users.acl", **PASSWORDS}
    del given[missing]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        composed(*FILES, **given)
    assert missing in refused.value.stderr
