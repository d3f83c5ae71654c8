"""More mistakes in the guard of edits, quotas, earlier edits and undo, for worlds of the pipeline (mutants.py)."""

from __future__ import annotations

from tests.simulation.mutant import Mutant

GUARD_MUTANTS = tuple(
    Mutant(*each, "pipeline")
    for each in (
        ("worker.jobs.rollout_gate:RolloutGate.admit", "self.is_kept = self.was_sent = False", "pass"),
        (
            "worker.jobs.rollout_gate:RolloutGate.admit",
            "await rollout.report(self.admitted.permit, NotSent())\n        self.admitted = None",
            "self.admitted = None",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate.__aexit__",
            "if error is None or (isinstance(error, TikTokShopError | RecordUnavailable) and not may_have_arrived(error)):",
            "if False:",
        ),
        ("worker.jobs.rollout_gate:RolloutGate.still_held", "if edit is not None:", "if False:"),
        (
            "worker.jobs.rollout_gate:RolloutGate.still_held",
            "return await self._ask(self.services.rollout, edit)",
            "await self._ask(self.services.rollout, edit)\n        return None",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate.ended",
            'if result.follow_ups or result.outcome.outcome == "relisted":',
            "if False:",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate.ended",
            "await reported(rollout.report(admitted.permit, NotSent()), self.job)",
            "pass",
        ),
        ("worker.jobs.rollout_gate:RolloutGate.found", "if self.was_sent:", "if False:"),
        (
            "worker.jobs.rollout_gate:RolloutGate.keep",
            "state = replace(stored_state(lost.job.kind, lost.job.state), rollout=dump_followed(sent))",
            "state = stored_state(lost.job.kind, lost.job.state)",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate.looks_again",
            "self.admitted is not None and (self.admitted.read_back or bool(warnings))",
            "False",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate.accepted",
            "is_read_back=not looks_again",
            "is_read_back=True",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate._wait",
            "waiting_since = since if publishes else state.waiting_since",
            "waiting_since = state.waiting_since",
        ),
        (
            "worker.jobs.rollout_gate:may_have_arrived",
            "return isinstance(error, Transient) and (error.outcome_unknown or (error.http_status or 0) >= 500)",
            "return False",
        ),
        (
            "worker.jobs.rollout_gate:RolloutGate._ask",
            "if isinstance(answer, Held) and answer.stopped and is_undo and answer.cause not in edit.decision_keys:",
            "if False:",
        ),
        (
            "worker.jobs.edit:edit",
            "if not gate.is_first_ask or not await has_uncommitted_edit(services, job):",
            "if True:",
        ),
        (
            "worker.jobs.edit:edit",
            "if not is_lost and (parked := services.quotas.still_used_up(job.shop_id, services.now())):",
            "if parked := None:",
        ),
        (
            "worker.jobs.edit:_edit",
            "if not is_decided and (done := await live_without_field(services, job, client, read.product, plan, gate)):",
            "if done := None:",
        ),
        (
            "worker.jobs.edit:_edit",
            "if live := await live_edit(services, job, read.product, plan):\n                return await gate.ended(live)",
            "if live := await live_edit(services, job, read.product, plan):\n                return live",
        ),
        (
            "worker.jobs.edit:_while_under_review",
            "if isinstance(plan, PlannedEdit) and (ours is not None or stored_state(job.kind, job.state).sent_at):",
            "if False:",
        ),
        (
            "worker.jobs.edit:_while_under_review",
            "return await gate.found(edited_version(read.product, ours), plan, done)",
            "return done",
        ),
        (
            "worker.jobs.edit:_while_under_review",
            "edited_version(read.product, ours)",
            "read.product",
        ),
        (
            "worker.jobs.sent_before:sent_before",
            "return await gate.found(edited_version(product, sent), plan, done)",
            "return done",
        ),
        ("worker.jobs.sent_before:live_edit", "if not awaits_look(job):", "if True:"),
        (
            "worker.jobs.sent_before:live_edit",
            "if not stored_state(job.kind, job.state).sent_at:",
            "if False:",
        ),
        (
            "worker.jobs.sent_before:live_edit",
            'and job.kind == "undo" and holds_whole_edit(product, plan.body)',
            "and holds_whole_edit(product, plan.body)",
        ),
        (
            "worker.jobs.sent_before:live_edit",
            'job.kind == "undo" and holds_whole_edit(product, plan.body)',
            "False",
        ),
        ("worker.jobs.sent_before:live_without_field", "or not _has_decisions(sent.edit, job)", ""),
        (
            "worker.jobs.sent_before:live_without_field",
            'or (await searched_version(client, product)).version != "v2"',
            "",
        ),
        (
            "worker.jobs.sent_before:followed",
            "await record_answer(services, job, sent.id, done.outcome)",
            "pass",
        ),
        (
            "worker.jobs.sent_before:edited_version",
            "product if sent is None or sent.before is None else sent.before",
            "product",
        ),
        (
            "worker.jobs.earlier_edit:earlier_edit",
            'if not isinstance(last, StoredEdit) or last.event("audit_ended", "undone") is not None:',
            "if not isinstance(last, StoredEdit):",
        ),
        (
            "worker.jobs.earlier_edit:earlier_edit",
            'last.event("audit_ended", "undone") is not None',
            'last.event("audit_ended") is not None',
        ),
        (
            "worker.jobs.earlier_edit:earlier_edit",
            "if _has_failed(product) and not _has_failed(last.before or {}):",
            "if False:",
        ),
        (
            "worker.jobs.earlier_edit:earlier_edit",
            "and not _has_failed(last.before or {})",
            "",
        ),
        (
            "worker.jobs.earlier_edit:earlier_edit",
            "if (last.kind, last.run_id) == (job.kind, job.run_id) and is_same:",
            "if is_same:",
        ),
        (
            "worker.jobs.earlier_edit:has_uncommitted_edit",
            'return is_open and last.event("audit_ended", "undone") is None',
            "return is_open",
        ),
        ("worker.jobs.earlier_edit:_has_moved", "is_to_leaf and", "not is_to_leaf and"),
        (
            "worker.jobs.recording:open_edit",
            'if last.event("audit_ended", "undone") is not None:',
            "if False:",
        ),
        (
            "worker.jobs.recording:open_edit",
            "if answered is None:\n        return last",
            "if answered is None:\n        return None",
        ),
        (
            "worker.jobs.relist:Relist._plan",
            'if not job.dry_run and audit_status(product) == "FAILED" and await self.services.decisions.is_in_audit(job):',
            "if False:",
        ),
        (
            "worker.jobs.relist:Relist._plan",
            "if isinstance(plan, AlreadyMigrated) and (ours := await self._open_edit(job, plan)) is not None:",
            "if ours := None:",
        ),
        ("worker.jobs.relist:Relist._open_edit", "keeps_audit=answered is not None", "keeps_audit=False"),
        ("worker.daily_quotas:DailyQuotas.used_up", "if known is not None and now < known.parked_until:", "if False:"),
        ("worker.daily_quotas:DailyQuotas.still_used_up", "return StepAside(known.reason)", "return None"),
        (
            "worker.daily_quotas:DailyQuotas.still_used_up",
            "if known is None or not known.parked_until <= now < known.ends:",
            "if known is None or now >= known.ends:",
        ),
        (
            "worker.daily_quotas:DailyQuotas.still_used_up",
            "if known is None or not known.parked_until <= now < known.ends:",
            "if known is None or now < known.parked_until:",
        ),
        ("worker.daily_quotas:DailyQuotas.still_used_up", "if known.aside == MAX_ASIDE:", "if False:"),
        (
            "worker.edit_ledger:EditLedger.other_sent_since",
            'sender not in ("", job.id) and',
            'sender != "" and',
        ),
        ("worker.jobs.undo:Undo._edits", "each.before is not None and effect_of", "effect_of"),
        ("worker.jobs.undo:Undo._edits", 'return took_effect or Outcome("done"', 'return found or Outcome("done"'),
        (
            "worker.jobs.undo:Undo._plan",
            "made = tuple(made_edit(each, state.damaged_field) for each in edits)",
            'made = tuple(made_edit(each, "") for each in edits)',
        ),
        (
            "worker.jobs.undo:Undo._plan",
            "made = tuple(made_edit(each, state.damaged_field) for each in edits)",
            "made = tuple(made_edit(each, state.damaged_field) for each in edits[-1:])",
        ),
        ("worker.jobs.audit:FollowAudit.__call__", "if is_replaced and (status", "if False and (status"),
        (
            "worker.jobs.audit:FollowAudit.__call__",
            'is_replaced = status != "APPROVED" and state.repeats and',
            "is_replaced = state.repeats and",
        ),
        ("worker.jobs.audit:FollowAudit._searched", "if edit.off_sale:", "if False:"),
        (
            "worker.jobs.audit:audit_end",
            'if notice == "FAILED":\n        return notice',
            "if False:\n        return notice",
        ),
        ("worker.jobs.audit:_may_repeat", "state.plan is None and", ""),
        ("worker.jobs.audit:_is_replaced", "and not holds_edit(product, sent.edit)", ""),
        ("worker.jobs.audit:audit_job", "return follows.with_decisions_of(job)", "return follows"),
        ("worker.jobs.read_back:_look", "if isinstance(seen, NotYet):\n", "if False:\n"),
        ("worker.jobs.read_back:_end", "await reported(services.held.wake(levels, WOKEN_BY_A_LOOK), job)", "pass"),
        ("worker.jobs.read_back:_is_rejected", 'if audit_status(now) == "FAILED":', "if False:"),
        ("worker.jobs.read_back:look_after_audit", "if not isinstance(seen, NotYet):", "if False:"),
    )
)
