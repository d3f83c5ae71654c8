"""The manifests fit the Kubernetes schemas and are consistent with each other and with the program."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from config.settings import Settings
from tests.support.deploy_tools import ROOT
from tests.support.kubernetes_schemas import schema_problems
from tests.support.promql import known_names, metric_names
from worker.lane_worker import LaneWorker

FOLDER = ROOT / "deploy/kubernetes"
BASE = sorted(path for path in (FOLDER / "base").glob("*.yaml") if path.name != "kustomization.yaml")


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text()))


EVERYTHING = [document for path in BASE for document in documents(path)]
RECORD_URL = "postgresql://relist@db.example:5432/relist"
WORKLOADS = [each for each in EVERYTHING if each["kind"] in ("Deployment", "StatefulSet")]


def test_every_manifest_is_valid_strictly() -> None:
    assert EVERYTHING
    assert [schema_problems(each) for each in EVERYTHING] == [[]] * len(EVERYTHING)


def test_a_wrong_manifest_is_refused() -> None:
    wrong = (FOLDER / "base/worker.yaml").read_text().replace("readinessProbe", "readynessProbe")
    assert any("readynessProbe" in str(schema_problems(each)) for each in yaml.safe_load_all(wrong))


@pytest.mark.parametrize("folder", ["base", "components/keda", "components/prometheus-operator"])
def test_every_file_is_listed_for_kustomize(folder: str) -> None:
    listed = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(
        path.name for path in (FOLDER / folder).glob("*.yaml") if path.name != "kustomization.yaml"
    )


def test_config_map_has_settings_and_no_secrets() -> None:
    (generated,) = yaml.safe_load((FOLDER / "base/kustomization.yaml").read_text())["configMapGenerator"]
    names = {literal.partition("=")[0] for literal in generated["literals"]}
    known = {f"RELIST_{name}".upper() for name in Settings.model_fields} | {"RELIST_SECRETS_DIR"}
    assert names <= known
    assert not names & {"RELIST_APP_SECRET", "RELIST_TOKEN_KEY", "RELIST_REDIS_URL", "RELIST_RECORD_URL"}
    for workload in WORKLOADS:
        (container,) = workload["spec"]["template"]["spec"]["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": generated["name"]}}]


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each["metadata"]["name"])
def test_pods_have_limits_and_redis_free_liveness(workload: dict[str, Any]) -> None:
    pod = workload["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
    ports = {port["name"] for port in container["ports"]}
    for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"]["path"] == path
        assert container[probe]["httpGet"]["port"] in ports
    volumes = {volume["name"] for volume in pod["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert workload["spec"]["template"]["metadata"]["labels"] == workload["spec"]["selector"]["matchLabels"]


def test_a_worker_is_given_time_to_drain() -> None:
    (worker,) = [each for each in WORKLOADS if each["metadata"]["name"] == "worker"]
    drain = inspect.signature(LaneWorker).parameters["grace_seconds"].default
    assert worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= drain + 10


def test_workloads_have_disruption_budget_and_network_policy() -> None:
    for workload in WORKLOADS:
        labels = workload["spec"]["selector"]["matchLabels"]
        for kind, selector in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
            assert any(
                each["kind"] == kind and each["spec"][selector].get("matchLabels") == labels for each in EVERYTHING
            ), f"{kind} of {workload['metadata']['name']}"
    assert any(
        each["spec"]["podSelector"] == {} and "ingress" not in each["spec"] and "egress" not in each["spec"]
        for each in EVERYTHING
        if each["kind"] == "NetworkPolicy"
    ), "everything else is denied"


def allowed_out(policies: list[dict[str, Any]], workload: str) -> set[int]:
    """The TCP ports a workload may reach anywhere, in addition to DNS and HTTPS."""
    ports = set()
    for policy in policies:
        (chosen,) = policy["spec"]["podSelector"].get("matchExpressions", [{"values": []}])
        if workload in chosen["values"]:
            for rule in policy["spec"].get("egress", ()):
                ports |= {port["port"] for port in rule["ports"] if port["protocol"] == "TCP"}
    return ports - {53, 443}


def test_network_policy_allows_redis_and_the_record() -> None:
    policies = [each for each in EVERYTHING if each["kind"] == "NetworkPolicy"]
    ports = {urlsplit(url).port for url in ("redis://redis:6379/0", "redis+sentinel://a:26379/mymaster", RECORD_URL)}
    for workload in WORKLOADS:
        assert allowed_out(policies, workload["metadata"]["name"]) == ports


def test_documented_patch_replaces_redis_egress_rule() -> None:
    page = (ROOT / "docs/how-to/deploy-kubernetes.md").read_text()
    (overlay,) = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "patches:" in block]
    (entry,) = yaml.safe_load(overlay)["patches"]
    patch = yaml.safe_load(entry["patch"])
    (policy,) = [
        each
        for each in EVERYTHING
        if (each["kind"], each["metadata"]["name"]) == (patch["kind"], patch["metadata"]["name"])
    ]
    assert patch["apiVersion"] == policy["apiVersion"]
    # Lists without a merge key, such as all lists of a NetworkPolicy, are replaced as a whole.
    patched = {**policy, "spec": {**policy["spec"], **patch["spec"]}}
    assert allowed_out([patched], "worker") == {7000}
    assert schema_problems(patched) == []


def test_keda_uses_existing_metrics() -> None:
    (scaled,) = documents(FOLDER / "components/keda/scaled-object.yaml")
    target = scaled["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) in {(each["kind"], each["metadata"]["name"]) for each in WORKLOADS}
    asked = set().union(*(metric_names(each["metadata"]["query"]) for each in scaled["spec"]["triggers"]))
    assert "relist_queue_oldest_due_age_seconds" in asked
    assert asked <= known_names()


def test_pod_monitors_match_pods_and_alert_job_names() -> None:
    ports = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"]
        for each in WORKLOADS
    }
    jobs = set()
    for monitor in documents(FOLDER / "components/prometheus-operator/pod-monitors.yaml"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        name = monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        assert endpoint["port"] == ports[name]
        jobs.add(endpoint["relabelings"][0]["replacement"])
    assert jobs == {"relist-worker", "relist-gateway"}
