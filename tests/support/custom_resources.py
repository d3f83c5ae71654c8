"""Resources of KEDA and the Prometheus operator against the schemas of their CRDs (tests/deploy/schemas)."""

from __future__ import annotations

import json
from typing import Any

from tests.support.deploy_tools import ROOT

SCHEMAS = ROOT / "tests/deploy/schemas"


def problems(document: dict[str, Any]) -> list[str]:
    """Problems of a resource. Raises FileNotFoundError for a kind without a schema."""
    from jsonschema import Draft202012Validator  # takes two seconds of CPU, which each test process would pay

    schema = json.loads((SCHEMAS / f"{document['kind']}.json").read_text())
    found = Draft202012Validator(schema).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]
