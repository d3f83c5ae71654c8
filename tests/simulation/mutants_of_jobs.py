"""Mistakes in the guard of an edit and in the job that undoes edits, which worlds of the pipeline must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

JOB_MUTANTS = (
    Mutant("worker.jobs.edit:_send", "if not read.is_fresh or services.edits", "if services.edits", "pipeline"),
    Mutant("worker.jobs.edit:ProductRead.is_fresh", "FRESH_SECONDS", "10 * FRESH_SECONDS", "pipeline"),
    Mutant("worker.jobs.edit:_send", "permits.on_send = check", "pass", "pipeline"),
    Mutant(
        "worker.jobs.edit:_send",
        "raise StaleRead\n            services.edits.check",
        "pass\n            services.edits.check",
        "pipeline",
    ),
    Mutant("worker.jobs.edit:_review", "if (status := review_status(product)) or not", "if not", "pipeline"),
    Mutant(
        "worker.jobs.edit:_edit",
        "is_decided = job.dry_run or",
        "is_decided = job.kind == 'undo' or job.dry_run or",
        "pipeline",
    ),
    Mutant("worker.jobs.undo:Undo._plan", "if not job.dry_run:", "if job.dry_run:", "pipeline"),
    Mutant("worker.jobs.undo:Undo.__call__", '("in_audit", "relisted")', '("relisted",)', "pipeline"),
    Mutant(
        "record.effect:effect_of",
        'if ended.about.get("outcome") == "relisted" else "none"',
        'if ended.about else "none"',
        "pipeline",
    ),
    Mutant("worker.jobs.undo:Undo.__call__", "for each in found:", "for each in found[:1]:", "pipeline"),
    Mutant("worker.jobs.edit:_send", "is_sent = True\n\n", "pass\n\n", "pipeline"),
)
