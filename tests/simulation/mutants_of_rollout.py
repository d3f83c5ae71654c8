"""Mistakes in the rollout and its gate that worlds of the pipeline must find (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

ROLLOUT_MUTANTS = (
    Mutant("rollout.admission:admit", "if cause is not None:", "if False:", "pipeline"),
    Mutant(
        "rollout.admission:admit",
        "looks = [] if edit.undoes else unconfirmed(edit, leaf.fields, book.fleet)",
        "looks = []",
        "pipeline",
    ),
    Mutant(
        "rollout.admission:admit",
        "if not _has_room(leaf.looking, product, policy.leaf_looks, now):",
        "if False:",
        "pipeline",
    ),
    Mutant("rollout.admission:_take", "asked[name] = (product, now)", "pass", "pipeline"),
    Mutant(
        "rollout.stops:covering_cause",
        "if name in open_fields and not probed:",
        "if not probed and name not in open_fields:",
        "pipeline",
    ),
    Mutant("rollout.stops:unconfirmed", "fields.get(name, 0) <= 0]", "fields.get(name, 0) < 0]", "pipeline"),
    Mutant("rollout.stops:damaged", "leaf.fields[name] = -now", "leaf.fields[name] = now", "pipeline"),
    Mutant(
        "rollout.read_back_evidence:read_back_ended",
        "damaged(book, edit, result.fields, permit.admitted, now, policy)",
        "_confirm_fields(book, permit)",
        "pipeline",
    ),
    Mutant(
        "rollout.read_back_evidence:_leave_windows", "del book.change(edit.leaf_key).asked[name]", "pass", "pipeline"
    ),
    Mutant(
        "rollout.read_back_evidence:_leave_windows",
        "group.clean += clean and now - admitted < 10 * LOOK_PATIENCE_MS",
        "group.clean += 1",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.admit", "return await self._ask(rollout, edit)", "return None", "pipeline"
    ),
    Mutant("worker.jobs.rollout_gate:RolloutGate._ask", "if isinstance(answer, Admitted):", "if True:", "pipeline"),
    Mutant("worker.jobs.rollout_gate:RolloutGate.__aexit__", "if error is None or", "if", "pipeline"),
    Mutant("worker.jobs.rollout_gate:RolloutGate.accepted", "self.is_kept = True", "pass", "pipeline"),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.admit",
        "await rollout.report(self.admitted.permit, NotSent())",
        "pass",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate._ask",
        "before.permit.joined_with(answer.permit)",
        "answer.permit",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.still_held",
        "if stored_state(self.job.kind, self.job.state).sent_at:",
        "if False:",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.accepted",
        "first_look = rollout.read_back_due(0) if looks_again else None",
        "first_look = None",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.take_over_sent", "self.is_kept = self.was_sent = True", "pass", "pipeline"
    ),
    Mutant(
        "worker.jobs.rollout_gate:RolloutGate.looks_again",
        "self.admitted is not None and (self.admitted.read_back or bool(warnings))",
        "bool(warnings)",
        "pipeline",
    ),
    Mutant("rollout.admission:_gate_has_room", "if len(group.auditing) >= places:", "if False:", "pipeline"),
    Mutant("rollout.admission:gate_is_open", "group.best >= gate.open_at and", "", "pipeline"),
    Mutant("rollout.admission:is_confirmed", "group.clean >= looks", "group.clean >= 0", "pipeline"),
    Mutant("rollout.audit_evidence:_leave_windows", "del book.change(key).auditing[product]", "pass", "pipeline"),
    Mutant("rollout.audit_evidence:_leave_windows", "if rejected and not covered:", "if False:", "pipeline"),
    Mutant(
        "rollout.audit_evidence:_stop_narrow",
        'if group.score < (OWN_LEAF_STOP if key.startswith("leaf/") else DECISION_STOP):',
        "if True:",
        "pipeline",
    ),
    Mutant(
        "rollout.audit_evidence:audit_ended",
        "narrow = edit.decision_keys or (edit.leaf_key,)",
        "narrow = (edit.leaf_key,)",
        "pipeline",
    ),
    Mutant("rollout.audit_evidence:audit_ended", "count(group, rejected,", "count(group, False,", "pipeline"),
    Mutant("rollout.audit_counts:count", "group.passes += 1", "group.passes += 2", "pipeline"),
    Mutant(
        "rollout.read_back_evidence:_leave_windows",
        "if isinstance(result, NotSent) and product in group.auditing:",
        "if False:",
        "pipeline",
    ),
    Mutant("rollout.read_back:_other_fields", "yield path, _blank(is_now)", "yield path, False", "pipeline"),
    Mutant("rollout.read_back:_other_fields", "yield name, _blank(is_now)", "yield name, False", "pipeline"),
    Mutant(
        "rollout.service:Rollout.report",
        "if isinstance(result, NotSent) and not permit.windows and not permit.looks:",
        "if isinstance(result, NotSent):",
        "pipeline",
    ),
    Mutant(
        "rollout.transactions:Transactions._carry_out",
        "if epoch is not None:",
        "if (epoch := epoch or 0) is not None:",
        "pipeline",
    ),
    Mutant("rollout.service:Rollout.check_epoch", "self._view.forget()", "pass", "pipeline"),
    Mutant("worker.jobs.rollout_edit:declared_changes", "decided_names(job.fields or {})", "frozenset()", "pipeline"),
)
