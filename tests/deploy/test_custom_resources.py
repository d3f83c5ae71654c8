"""Resources for KEDA and the Prometheus operator fit the schemas of their CRDs (tests/deploy/schemas)."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.custom_resources import problems
from tests.support.deploy_tools import ROOT
from tests.support.promql import rules

pytestmark = pytest.mark.slow

COMPONENTS = ROOT / "deploy/kubernetes/components"
PAGE = ROOT / "docs/how-to/deploy-kubernetes.md"
DOCUMENTS = [
    document
    for folder in ("keda", "prometheus-operator")
    for path in sorted((COMPONENTS / folder).glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text())
]


def test_checks_are_not_empty() -> None:
    assert [document["kind"] for document in DOCUMENTS] == ["ScaledObject", "PodMonitor", "PodMonitor"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_every_resource_fits_its_schema(document: dict[str, Any]) -> None:
    assert problems(document) == []


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("ScaledObject", "maxReplicaCount", "maxReplicas"),
        ("ScaledObject", "maxReplicaCount: 20", 'maxReplicaCount: "20"'),
        ("ScaledObject", "serverAddress: http://prometheus-operated.monitoring:9090", "serverAddress: {host: here}"),
        ("ScaledObject", "failureThreshold", "failureTreshold"),
        ("ScaledObject", "keda.sh/v1alpha1", "keda.sh/v1"),
        ("PodMonitor", "podMetricsEndpoints", "podMetricsEndpoint"),
        ("PodMonitor", "interval: 15s", "interval: 15 seconds"),
        ("PodMonitor", "targetLabel", "target_label"),
        ("PodMonitor", "matchLabels", "matchLabel"),
    ],
)
def test_a_wrong_field_is_refused(kind: str, right: str, wrong: str) -> None:
    (text,) = {path.read_text() for path in COMPONENTS.glob("*/*.yaml") if f"kind: {kind}\n" in path.read_text()}
    assert right in text
    documents = list(yaml.safe_load_all(text.replace(right, wrong)))
    assert all(problems(document) for document in documents)


def test_documented_loop_makes_prometheus_rules(tmp_path: Path) -> None:
    """Runs the loop of the page with a kubectl that stores the applied resources."""
    (loop,) = re.findall(r"^    (for rules in .*?^    done)$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\n[ \"$*\" = 'apply -f -' ] && {{ echo ---; cat; }} >> {tmp_path}/applied\n")
    kubectl.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["bash", "-euo", "pipefail", "-c", loop], cwd=ROOT, env=environment, check=True, timeout=30)
    applied = list(yaml.safe_load_all((tmp_path / "applied").read_text()))
    assert [(each["kind"], each["metadata"]["name"]) for each in applied] == [
        ("PrometheusRule", "relist-recording"),
        ("PrometheusRule", "relist-alerts"),
    ]
    assert [problem for each in applied for problem in problems(each)] == []
    groups = [group for each in applied for group in each["spec"]["groups"]]
    assert [rule for group in groups for rule in group["rules"]] == rules("recording.yml") + rules("alerts.yml")
