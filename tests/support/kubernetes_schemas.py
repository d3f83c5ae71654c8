"""Kubernetes resources against the strict schemas of its latest version, which refuse unknown fields."""

from __future__ import annotations

from typing import Any


def schema_problems(document: dict[str, Any]) -> list[str]:
    # Takes two seconds of CPU, which each test process would pay.
    from kubernetes_validate import ValidationError, latest_version, validate

    try:
        validate(document, latest_version(), strict=True)
    except ValidationError as wrong:
        return [f"{wrong.json_path}: {wrong.message}"]
    return []
