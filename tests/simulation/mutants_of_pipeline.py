"""Mistakes in the pipeline that its worlds must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

PIPELINE_MUTANTS = (
    Mutant(
        "worker.jobs.edit:_edit",
        "if not is_decided and (status := await _review(client, read.product, plan)):",
        'if status := "":',
        "pipeline",
    ),
    Mutant(
        "worker.jobs.earlier_edit:earlier_edit",
        "return last if await _has_moved(client, last, product, plan) else None",
        "return None",
        "pipeline",
    ),
    Mutant("worker.jobs.edit:_send", "if not read.is_fresh:", "if False:", "pipeline"),
    Mutant(
        "worker.jobs.edit:edit",
        "if not job.dry_run and (sent := services.edits.accepted(job)):",
        "if sent := None:",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:_merge_fields",
        "if (made != old and made == current) or was_damaged:",
        "if True:",
        "pipeline",
    ),
)
