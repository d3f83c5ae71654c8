"""The component for fleets whose record is PostgreSQL: workers as a Deployment without volumes."""

from __future__ import annotations

from typing import Any

import yaml

from config.settings import Settings
from tests.support.custom_resources import problems
from tests.support.deploy_tools import ROOT
from tests.support.json_patch import patched
from tests.support.kubernetes_schemas import schema_problems

FOLDER = ROOT / "deploy/kubernetes"
COMPONENT = FOLDER / "components/postgresql"
SETTINGS = yaml.safe_load((COMPONENT / "kustomization.yaml").read_text())


def targets() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each document the component patches, and what it becomes."""
    documents = [
        document
        for path in (FOLDER / "base/worker.yaml", FOLDER / "components/keda/scaled-object.yaml")
        for document in yaml.safe_load_all(path.read_text())
    ]
    found = []
    for patch in SETTINGS["patches"]:
        operations = yaml.safe_load((COMPONENT / patch["path"]).read_text())
        (target,) = [
            each
            for each in documents
            if (each["kind"], each["metadata"]["name"]) == (patch["target"]["kind"], patch["target"]["name"])
        ]
        found.append((target, patched(target, operations)))
    return found


def test_every_file_is_a_patch_of_the_component() -> None:
    files = {path.name for path in COMPONENT.glob("*.yaml")} - {"kustomization.yaml"}
    assert {patch["path"] for patch in SETTINGS["patches"]} == files
    assert SETTINGS["patches"][0]["options"] == {"allowKindChange": True}


def test_workers_become_a_deployment_without_volumes() -> None:
    (before, worker), _ = targets()
    assert (before["kind"], worker["kind"]) == ("StatefulSet", "Deployment")
    assert "volumeClaimTemplates" not in worker["spec"]
    pod = worker["spec"]["template"]["spec"]
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert volumes == {"secrets", "tmp"}
    (container,) = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes
    assert container["securityContext"]["readOnlyRootFilesystem"]
    (old,) = before["spec"]["template"]["spec"]["containers"]
    kept = [mount for mount in old["volumeMounts"] if mount["name"] != "journal"]
    assert container == {**old, "volumeMounts": kept}, "nothing else changes"
    assert schema_problems(worker) == []


def test_keda_scales_the_deployment() -> None:
    _, (_, scaled) = targets()
    assert scaled["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "worker"}
    assert not problems(scaled)


def test_a_missing_record_url_stops_edits_instead_of_losing_the_record() -> None:
    (generated,) = SETTINGS["configMapGenerator"]
    (base,) = yaml.safe_load((FOLDER / "base/kustomization.yaml").read_text())["configMapGenerator"]
    assert (generated["name"], generated["behavior"]) == (base["name"], "merge")
    name, _, directory = generated["literals"][0].partition("=")
    assert name.removeprefix("RELIST_").lower() in Settings.model_fields
    (_, worker), _ = targets()
    mounts = [mount["mountPath"] for mount in worker["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]]
    assert not any(directory.startswith(mount) for mount in mounts)
