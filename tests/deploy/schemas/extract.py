"""Writes the schemas of this directory: what KEDA and the Prometheus operator have in their CRDs, as JSON schemas.

    python3 -m venv /tmp/crds && /tmp/crds/bin/pip install cloudcoil-models-keda==2.16.1.0 \
        cloudcoil-models-prometheus-operator==0.80.1.0
    /tmp/crds/bin/python tests/deploy/schemas/extract.py

Those packages (Apache-2.0) are made from the OpenAPI of the CRDs themselves, patterns and bounds included; their
version is the operator's, with a number of their own after it. They take 20 seconds to import, hence these files. A
field the schema does not have is refused here, as `kubectl apply` does.
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

KINDS = {
    "ScaledObject": ("cloudcoil.models.keda.v1alpha1", "cloudcoil-models-keda", "KEDA"),
    "PodMonitor": (
        "cloudcoil.models.prometheus_operator.v1",
        "cloudcoil-models-prometheus-operator",
        "the Prometheus operator",
    ),
    "PrometheusRule": (
        "cloudcoil.models.prometheus_operator.v1",
        "cloudcoil-models-prometheus-operator",
        "the Prometheus operator",
    ),
}
LEFT_OUT = frozenset({"title", "default", "description"})


def strict(schema: Any) -> Any:
    """Without names for people, without null for what is left out, and closed against unknown fields."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        return strict(choices[0])
    closed = {}
    for name, value in schema.items():
        if name in ("properties", "$defs"):
            closed[name] = {key: strict(each) for key, each in value.items()}
        elif name == "anyOf":
            closed[name] = strict(choices)
        elif name not in LEFT_OUT:
            closed[name] = strict(value)
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def main() -> None:
    for kind, (module, package, owner) in KINDS.items():
        schema = strict(getattr(import_module(module), kind).model_json_schema(by_alias=True))
        # Each document names its kind; the models fill it in.
        schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "spec"})
        note = f"{kind} of {owner}, from {package} {version(package)} on PyPI (Apache-2.0) by extract.py"
        path = Path(__file__).parent / f"{kind}.json"
        path.write_text(json.dumps({"$comment": note, **schema}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
