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
        "worker.jobs.edit:_edit", "if held := await gate.admit(read.product, plan):", "if held := None:", "pipeline"
    ),
    Mutant("worker.jobs.edit:_send", "services.edits.other_sent_since(job, read.asked_at)", "False", "pipeline"),
    Mutant(
        "worker.jobs.edit:_send",
        "services.edits.remember(job, plan, response, edit_id, gate.places)",
        "pass",
        "pipeline",
    ),
    Mutant("worker.jobs.edit:_send", "await record_answer(services, job, edit_id, done.outcome)", "pass", "pipeline"),
    Mutant(
        "worker.jobs.edit:_edit",
        "if not read.is_under_review and (done := await _sent_before(services, job, client, read, plan, gate)):",
        "if done := None:",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.edit:_edit",
        "read = await _read(job, client)\n        return Snooze",
        "pass\n        return Snooze",
        "pipeline",
    ),
    Mutant("worker.jobs.edit:_while_under_review", "if holds_edit(version, plan.body):", "if True:", "pipeline"),
    Mutant("worker.jobs.earlier_edit:earlier_edit", "return waiting", "pass", "pipeline"),
    Mutant("worker.edit_ledger:EditLedger.accepted", "entry.decision != _decision(job) or", "True or", "pipeline"),
    Mutant(
        "relisting.restore:_merge_fields",
        "(made != old and made == current) or was_damaged",
        "made != old or was_damaged",
        "pipeline",
    ),
    Mutant(
        "relisting.restore:_merge_fields", "(made != old and made == current) or was_damaged", "was_damaged", "pipeline"
    ),
    Mutant(
        "relisting.restore:_merge_fields",
        "(made != old and made == current) or was_damaged",
        "made != old and made == current",
        "pipeline",
    ),
    Mutant("relisting.restore:_merge_fields", "edit.damaged and is_empty(current)", "edit.damaged", "pipeline"),
    Mutant("relisting.restore:_skus", '_merge_fields(edit, "skus."', '0 and _merge_fields(edit, "skus."', "pipeline"),
    Mutant(
        "relisting.restore:_merge_attributes",
        "list(merged.attributes)\n    if ATTRIBUTES",
        "list(old)\n    if ATTRIBUTES",
        "pipeline",
    ),
    Mutant("relisting.restore:restored_product", "reversed(edits)", "edits", "pipeline"),
    Mutant(
        "worker.jobs.undo:Undo._edits",
        'effect_of(each) in ("live", "in_audit")',
        'effect_of(each) in ("live",)',
        "pipeline",
    ),
    Mutant("worker.jobs.undo:Undo._edits", "entry.id in state.edits or", "True or", "pipeline"),
    Mutant("worker.jobs.undo:Undo._plan", "return plan", 'return Done(Outcome("done"))', "pipeline"),
    Mutant(
        "worker.jobs.audit:notice_of",
        "if state.notice is None or state.notice.at <= (state.edit.edited_at if state.edit else 0):",
        "if state.notice is None:",
        "pipeline",
    ),
    Mutant(
        "worker.jobs.audit:audit_end",
        'if live.category_id == category_id and (live.status == "APPROVED" or notice != "FAILED"):',
        'if notice != "FAILED":',
        "pipeline",
    ),
    Mutant("worker.jobs.audit:audit_end", 'if live.status in (*UNDER_REVIEW, "FAILED"):', "if False:", "pipeline"),
    Mutant(
        "worker.jobs.audit:_is_moved",
        'return (await searched_version(client, product)).version == "v2"',
        "return True",
        "pipeline",
    ),
    Mutant("worker.edit_ledger:EditLedger.other_sent_since", "sent_at >= at", "sent_at < at", "pipeline"),
)
