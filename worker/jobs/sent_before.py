"""The results of jobs whose edit was sent by an earlier run: it is followed, not repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model.job import Job
from model.job_state import AcceptedEdit, stored_state
from model.outcome import Outcome
from record.entry import StoredEdit
from relisting.merge import product_status
from relisting.planned import PlannedEdit
from relisting.review import holds_whole_edit
from shop_queue.producer import EnqueueRequest
from tiktok_shop.product_responses import EditResponse
from tiktok_shop.shop_client import ShopClient
from worker.engine.results import Done, Snooze, Wait
from worker.jobs.audit import audit_job
from worker.jobs.earlier_edit import EditInFlight, earlier_edit
from worker.jobs.edit_results import accepted
from worker.jobs.recording import open_edit, record_answer
from worker.jobs.rollout_gate import RolloutGate
from worker.jobs.rollout_state import awaits_look
from worker.planning import searched_version
from worker.services import Services


async def sent_before(
    services: Services, job: Job, client: ShopClient, product: Mapping[str, Any], plan: PlannedEdit, gate: RolloutGate
) -> Done | Snooze | None:
    """The result of a job whose edit was sent by a worker that did not commit it: its audit is followed.

    The product is read again once an edit that may be in progress has arrived.
    """
    sent = await earlier_edit(services, job, client, product, plan)
    if sent is None:
        return None
    if isinstance(sent, EditInFlight):
        return Snooze(sent.seconds, "an unanswered edit may still reach the platform")
    done = await followed(services, job, plan, sent)
    return await gate.found(edited_version(product, sent), plan, done)


async def live_edit(
    services: Services, job: Job, product: Mapping[str, Any], plan: PlannedEdit | Done | Wait
) -> Done | None:
    """The result of a job whose edit is live although its response was lost."""
    if not stored_state(job.kind, job.state).sent_at:
        return None
    # An undo ends as `done` when nothing is left to restore.
    if isinstance(plan, Done) and plan.outcome.outcome in ("already_v2", "done"):
        outcome = replace(plan.outcome, outcome="relisted")
    # A relist may change nothing but the tree, so only a search proves that it has arrived.
    elif isinstance(plan, PlannedEdit) and job.kind == "undo" and holds_whole_edit(product, plan.body):
        outcome = Outcome("relisted", plan.category_id, warnings=plan.warnings)
    else:
        return None
    if not awaits_look(job):
        return Done(outcome)
    sent = await services.record.last_sent(job.shop_id, job.product_id)
    edit_id = sent.id if isinstance(sent, StoredEdit) else 0
    edit = AcceptedEdit(outcome.category_id or "", "", services.transport.timestamp(), False, edit_id)
    return Done(replace(outcome, outcome="in_audit"), (EnqueueRequest(audit_job(job, job.product_id, edit)),))


async def live_without_field(
    services: Services,
    job: Job,
    client: ShopClient,
    product: Mapping[str, Any],
    plan: PlannedEdit | Done | Wait,
    gate: RolloutGate,
) -> Done | None:
    """The result of a job whose unanswered edit is live without a field that its category requires: its audit and its
    read-back are followed, because a person cannot undo what the platform loses.
    """
    if not isinstance(plan, Done) or plan.outcome.outcome != "needs_input" or not plan.outcome.category_id:
        return None
    sent = await open_edit(services, job, plan.outcome.category_id)
    if sent is None or not _has_decisions(sent.edit, job) or (await searched_version(client, product)).version != "v2":
        return None
    off_sale = product_status(sent.before or {}) == "SELLER_DEACTIVATED"
    made = PlannedEdit(sent.edit, plan.outcome.category_id, sent.rule, sent.evidence, off_sale=off_sale)
    return await gate.found(edited_version(product, sent), made, await followed(services, job, made, sent))


async def followed(services: Services, job: Job, plan: PlannedEdit, sent: StoredEdit | None) -> Done:
    """The result of a job whose edit was sent earlier; without its entry only the product shows that. Records it."""
    answered = sent.event("answered") if sent is not None else None
    request_id = str(answered.about.get("request_id") or "") if answered is not None else ""
    response = EditResponse(job.product_id, None, (), request_id or None)
    done = accepted(services, job, plan, response, sent.id if sent is not None else 0)
    if answered is not None:
        # A worker that committed has enqueued the job that follows the audit, with the places in the rollout.
        return replace(done, follow_ups=tuple(replace(each, keeps_audit=True) for each in done.follow_ups))
    if sent is not None:
        await record_answer(services, job, sent.id, done.outcome)
    return done


def edited_version(product: Mapping[str, Any], sent: StoredEdit | None) -> Mapping[str, Any]:
    """The product on which the edit was based: the edit's changes are not changes of the live product."""
    return product if sent is None or sent.before is None else sent.before


def _has_decisions(sent: Mapping[str, Any], job: Job) -> bool:
    """Whether the edit has every decision of the job, some of which people may have made since."""
    wanted = {"category_id": job.category_id, "brand_id": job.brand_id, **(job.fields or {})}
    if any(value and sent.get(name) != value for name, value in wanted.items()):
        return False
    values = {str(each.get("id")): _names(each) for each in sent.get("product_attributes") or ()}
    return all(_names(each) & values.get(str(each["id"]), frozenset()) for each in job.attributes)


def _names(attribute: Mapping[str, Any]) -> frozenset[str]:
    """The ids and names of its values."""
    values = attribute.get("values") or ()
    return frozenset(str(value[key]) for value in values for key in ("id", "name") if value.get(key))
