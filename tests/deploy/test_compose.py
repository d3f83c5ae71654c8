"""docker-compose.yml is valid and follows the rules for unattended operation."""

from __future__ import annotations

import inspect
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.settings import Settings
from record.opening import open_record
from simulator.options import SimulatorOptions
from tests.support.compose import composed, seconds
from tests.support.deploy_tools import ROOT
from worker.lane_worker import LaneWorker

OURS = ("gateway", "worker", "simulator", "demo-feed")


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    return composed()


@pytest.fixture(scope="module")
def services(configuration: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = configuration["services"]
    return found


def test_schema_violation_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("stop_grace_period", "stop_grace_perjod"))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        composed(str(wrong))
    assert "stop_grace_perjod" in refused.value.stderr


def test_compose_services(services: dict[str, dict[str, Any]]) -> None:
    demo = {name for name, service in services.items() if service.get("profiles") == ["demo"]}
    assert demo == {"simulator", "demo-feed"}
    assert services["postgres"]["profiles"] == ["postgres"]
    assert services.keys() - demo - {"postgres"} == {
        "redis",
        "gateway",
        "worker",
        "prometheus",
        "alertmanager",
        "grafana",
    }


def test_ports_are_published_on_loopback_only(services: dict[str, dict[str, Any]]) -> None:
    published = {name: port["host_ip"] for name, service in services.items() for port in service.get("ports", ())}
    assert published == dict.fromkeys(("gateway", "prometheus", "alertmanager", "grafana"), "127.0.0.1")


def test_every_container_has_limits_and_few_rights(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits["memory"], name
        assert limits["cpus"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("read_only") or name == "grafana", name
        assert service["logging"]["options"]["max-size"], name
        assert not service.get("privileged")


def test_long_running_containers_have_health_checks(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert bool(service["healthcheck"].get("test")) == (name != "demo-feed"), name


def test_third_party_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        tag = service["image"].partition(":")[2]
        assert tag, name
        assert tag != "latest", name
        assert name not in OURS or service["build"]


def test_redis_keeps_jobs(services: dict[str, dict[str, Any]]) -> None:
    command = services["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert any(volume["target"] == "/data" for volume in services["redis"]["volumes"])


def test_record_can_be_kept_in_the_postgres_profile() -> None:
    url = "postgresql://relist:secret@postgres:5432/relist"
    services = composed(RELIST_RECORD_URL=url, POSTGRES_PASSWORD="secret")["services"]
    parts, server = urlsplit(url), services["postgres"]["environment"]
    assert (parts.username, parts.password) == (server["POSTGRES_USER"], server["POSTGRES_PASSWORD"])
    assert (parts.hostname, parts.path) == ("postgres", f"/{server['POSTGRES_DB']}")
    assert any(volume["target"] == "/var/lib/postgresql/data" for volume in services["postgres"]["volumes"])
    for name in ("gateway", "worker"):
        environment = services[name]["environment"]
        assert environment["RELIST_RECORD_URL"] == url
        assert open_record(environment["RELIST_RECORD_URL"], Path("unused")).where
    assert "postgres" not in services["worker"].get("depends_on", {}), "your own server takes its place"
    assert composed()["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] == "", "the image refuses to start"


def test_a_worker_is_given_time_to_drain(services: dict[str, dict[str, Any]]) -> None:
    drain = inspect.signature(LaneWorker).parameters["grace_seconds"].default
    assert seconds(services["worker"]["stop_grace_period"]) >= drain + 10


def test_workers_can_be_scaled(services: dict[str, dict[str, Any]]) -> None:
    assert not services["worker"].get("ports"), "a published port is one container's"
    assert not services["worker"].get("container_name")


def test_every_mounted_file_exists(configuration: dict[str, Any]) -> None:
    mounts = [
        volume["source"]
        for service in configuration["services"].values()
        for volume in service.get("volumes", ())
        if volume["type"] == "bind"
    ]
    # Docker creates the directory for files of settings.
    given = {mount for mount in mounts if mount != str(ROOT / "files")}
    assert len(given) == 4
    for mount in given:
        assert Path(mount).exists(), mount


def test_settings_exist_and_secrets_can_be_files() -> None:
    known = {f"RELIST_{name}".upper() for name in Settings.model_fields} | {"RELIST_SECRETS_DIR"}
    secret = {
        f"RELIST_{name}".upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)
    }
    assert len(secret) == 7
    plain = composed()["services"]
    filed = composed(
        *("docker-compose.yml", "deploy/compose.secrets.yml"),
        RELIST_SECRETS_FROM="/etc/relist/secrets",
        RELIST_TOKEN_KEY_OTHER="in the operator's shell",
    )
    for name in ("gateway", "worker", "demo-feed"):
        passed = {each for each in plain[name]["environment"] if not each.startswith("OTEL_")}
        assert secret <= passed <= known, name
        service = filed["services"][name]
        assert not secret & service["environment"].keys(), "nothing for `docker inspect` to show"
        (mount,) = [
            each for each in service["volumes"] if each["target"] == service["environment"]["RELIST_SECRETS_DIR"]
        ]
        assert (mount["type"], mount["source"]) == ("bind", "/etc/relist/secrets")
        assert mount["read_only"]
        assert not mount["bind"].get("create_host_path"), "created by root, it would be empty"
    journals = [each["target"] for each in filed["services"]["worker"]["volumes"]]
    assert "/var/lib/relist/journal" in journals, "the mount is added to the others"
    with pytest.raises(subprocess.CalledProcessError, match="exit status"):
        composed("docker-compose.yml", "deploy/compose.secrets.yml")


def test_only_given_settings_reach_the_containers() -> None:
    assert composed()["services"]["worker"]["environment"]["RELIST_APP_RATE"] is None
    assert composed(RELIST_APP_RATE="200")["services"]["worker"]["environment"]["RELIST_APP_RATE"] == "200"


def test_compose_without_env_file_is_the_demo() -> None:
    demo = composed()["services"]["worker"]["environment"]
    assert demo["RELIST_API_URL"] == "http://simulator:9000"
    assert demo["RELIST_APP_KEY"] == SimulatorOptions().app_key
    assert demo["RELIST_APP_SECRET"] == SimulatorOptions().app_secret
    local = composed(RELIST_REDIS_URL="redis://127.0.0.1:6379/0")["services"]["worker"]["environment"]
    assert local["RELIST_REDIS_URL"] == "redis://redis:6379/0", "a container does not find it on its own loopback"
    forgotten = composed(RELIST_API_URL="https://open-api.tiktokglobalshop.com", RELIST_APP_KEY="")
    assert forgotten["services"]["worker"]["environment"]["RELIST_APP_KEY"] == "", (
        "so that the process refuses to start"
    )


def test_prometheus_scrapes_the_ports_the_processes_serve(services: dict[str, dict[str, Any]]) -> None:
    import yaml

    config = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text())
    scraped = {
        (name, str(found["port"]))
        for job in config["scrape_configs"]
        for found in job.get("dns_sd_configs", ())
        for name in found["names"]
    }
    assert scraped == {
        ("worker", services["worker"]["environment"]["RELIST_METRICS_PORT"]),
        ("gateway", services["gateway"]["environment"]["RELIST_GATEWAY_PORT"]),
    }
