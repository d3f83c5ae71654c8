"""Describes a world in plain sentences, for readers who know neither the code nor the simulation."""

from __future__ import annotations

from tests.simulation.plan import Event, Plan, Size

TERMS = (
    "The jobs of a shop wait in its lane in Redis. A worker leases a shop for a time, and renews the lease while it",
    "works. It claims jobs, which are in flight until it commits how they ended. Each lease has a higher number, its",
    "fence. Redis refuses commands with an older fence. Outcomes are published for other systems.",
)
PROMISES = {
    "liveness": "all work is done a lease and 5 s after the last fault, plus what the fault delays by design",
    "conservation": "every product that was fed has a final outcome in the end",
    "fencing": "only the worker with the latest lease of a shop may change its lane or call the platform for it",
    "double edit": "a product is edited again only after something that makes the first edit doubtful",
    "more ends than feeds": "each feed of a product has one final outcome",
    "claimed twice": "a job that is in flight is not claimed again under the same lease",
    "lease": "the ready set says when a shop may be leased",
    "fair share": "no worker takes more shops than its share of those that have work",
    "wake": "a worker leases a shop when its work is due",
    "allowance": "no more calls are sent than the platform, the operator or the app's ceiling allows",
    "throttled": "a worker slows down when the platform throttles it",
    "pause": "no job of a paused shop starts",
    "park": "a parked shop resumes automatically at the given time",
    "early": "a delayed job does not run before its time",
    "order": "jobs that come back from a dead worker keep their order",
    "claim": "the reply of a claim describes the lane",
    "commit": "the reply of a commit describes the lane",
    "take": "the reply to a worker that asks for shops describes the ready set",
    "blocked": "a product is listed for people as long as its last outcome needs them",
    "backoff": "each failure of a product doubles the time until its next attempt",
    "breaker": "the circuit is open from the first outage to the first response; probes and retries back off doubling",
    "probe": "a worker asks whether the platform answers only after a call without an answer",
    "script": "each script changes exactly what it should, and its reply is true (a second implementation says what)",
    "crashes": "a crash of a worker counts once, against the jobs it may have been caused by",
    "counters": "the counters of a shop agree with the published outcomes",
    "states": "the states of products agree with the published outcomes",
    "hints": "a product that is fed again with new decisions runs with them",
    "audit": "the audit of each product's last edit is followed",
    "leftover": "nothing of a job stays in Redis after its end",
    "blamed": "a product fails, or uses an attempt, only for its failures",
    "seller": "an edit overwrites nothing that the seller has changed",
    "damage": "an edit changes only the fields it may change",
    "stale": "an edit arrives within seconds of the read that it is based on",
    "review": "no edit arrives on a product that has a version under review",
    "record": "the record has every edit before it leaves, and says how each ended",
    "places": "an edit whose audit has ended has no place in the rollout",
    "evidence": "the rollout counts each audit and each look once, as it ended",
    "edit guard": "a job edits, follows, waits and gives back places as it should (a second implementation says how)",
    "audit guard": "the end of each audit is found and reported as it should be (a second implementation says how)",
    "dry run": "a dry run edits nothing",
    "gate": "a closed gate of the rollout lets no more edits into audit than it has places",
    "answer": "what a person has answered is in the listing, or kept for the next try",
    "retry": "a product that is tried again is edited again",
    "cancelled": "no edit of a run follows its cancellation",
    "created twice": "each external id has at most one listing",
    "quota": "a shop whose daily quota is used up sends nothing more",
    "noise": "a wait is published when it begins, and only then",
    "untrue": "a reported outcome is true at the platform",
    "guard": "the rollout holds and counts edits as it should: after damage in a leaf, none follow there",
    "undo": "an undo restores what the edit has changed",
    "emptied": "nothing runs on an emptied Redis before it is rebuilt from the record",
    "memory": "the bodies of jobs in a worker stay below their limit",
    "died": "no fault ends a process",
    "unhandled": "no error goes unnoticed",
}
"""First words of a problem -> the promise that is broken."""

_EVENTS = {
    "feed": "another system feeds {products} of shop {target}{what}",
    "feed_again": "another system feeds the last {products} of shop {target} again{what}",
    "feed_products": "a search feeds all products of shop {target}{what}",
    "event": "a webhook wakes the jobs of the last {products} of shop {target}{what}",
    "exercise": "scripts are called for shop 7999, which no worker knows ({number} calls), and an idle breaker too",
    "lose": "{target} loses the {what} of a round trip to Redis, {number} round trips from now",
    "deafen": "{target} receives {number} more replies to the script `{what}`, then none for {seconds:.2f} s",
    "kill": "{target} is killed and starts again {seconds:.2f} s later",
    "stop": "{target} is asked to stop and starts again {seconds:.2f} s after it has",
    "freeze": "{target} is suspended for {seconds:.2f} s",
    "cut": "{target} cannot reach Redis for {seconds:.2f} s",
    "slow_network": "the network between {target} and Redis is slow for {seconds:.2f} s",
    "redis_down": "Redis is unavailable for {seconds:.2f} s",
    "redis_restart": "Redis{what} restarts and has lost its last {seconds:.2f} s",
    "failover": "Redis{what} fails over to a replica that is {seconds:.3f} s behind",
    "server_clock": "the clock of Redis steps by {seconds:+.1f} s",
    "full_memory": "the memory of Redis is full for {seconds:.2f} s",
    "read_only": "Redis is a replica, which refuses writes, for {seconds:.2f} s",
    "emptied": "someone empties Redis",
    "forget_scripts": "Redis forgets the scripts it has cached",
    "api_down": "the platform answers no call for {seconds:.2f} s",
    "api_slow": "the platform is slow for {seconds:.2f} s",
    "shop_down": "the platform answers no call for shop {target} for {seconds:.2f} s",
    "bad_product": "the next {number} runs of products of shop {target} {what}",
    "poison": "{number} times the first product of shop {target} crashes the worker that runs it",
    "lost_answer": "the answers to the next {number} edits in shop {target} are lost",
    "pause": "an operator pauses shop {target} for {seconds:.2f} s",
    "limit": "an operator limits shop {target} to {number} calls per second",
    "seller": "the seller of shop {target} {what}",
    "upgrade": "the platform moves the products of shop {target} to v2 whose leaf exists there",
    "retry": "an operator tries the blocked products of shop {target} again",
    "answer": "a person answers the {what} of {products} of shop {target}",
    "create": "another system feeds the new listing {number} of shop {target} {what}",
    "quota": "the daily quota allows {number} more edits, until an operator gets more after {seconds:.2f} s",
    "halt_at_write": "{target} meets a {what} of {seconds:.2f} s when its write number {number} has reached the record",
    "double_webhooks": "webhooks arrive twice for {seconds:.2f} s",
    "mixed_webhooks": "webhooks arrive out of order for {seconds:.2f} s",
    "old_webhooks": "old webhooks say {what} of the audits of shop {target}",
    "undo": "an operator undoes the last edits of {products} of shop {target}",
    "merges": "random edits of products that no shop has are undone ({number} undos)",
    "admissions": "edits of no shop ask a separate rollout ({number} requests, looks and audits)",
    "wrong_shop": "for {seconds:.2f} s shop {target} has the cipher of another one",
    "dry_run": "an operator plans {number} products of shop {target}, without edits",
    "guarded": "jobs of no shop that edit, follow audits or undo meet random cases ({number} of each)",
    "cancel": "an operator cancels what is queued in shop {target}",
    "slow_audits": "audits that begin in the next {seconds:.2f} s take longer",
    "lost_webhooks": "webhooks are lost for {seconds:.2f} s",
    "late_webhooks": "webhooks are late for {seconds:.2f} s",
    "lost_field": "for {seconds:.2f} s accepted edits lose the field {what}",
    "disk_full": "the disk of the record is full for {seconds:.2f} s",
    "disk_slow": "the disk of the record is slow for {seconds:.2f} s",
    "old_release": "{target} runs an older release, which does not know jobs of the kind `{what}`, for {seconds:.2f} s",
}
_FEEDS = {
    "": "",
    "urgent": ", as urgent",
    "delayed": ", due in 0.5 s",
    "waits": ", which must wait twice",
    "steps": ", which take several steps",
    "audited": ", whose edits are audited",
    "asks": ", which need a person's decision",
    "bodies": ", with large bodies",
    "stepping bodies": ", with large bodies, which take several steps",
    "waiting bodies": ", with large bodies, which must wait twice",
    "hints": ", with a new decision",
    "again": " once more",
}
_SELLERS = {
    "deactivate": "takes {product} off sale",
    "delete": "deletes {product}",
    "add": "adds {product}",
    "category": "moves {product} to another leaf",
}
_SHARDS = {"": "", "outcomes": "'s server of the outcomes", "leases": "'s server of the leases"}


def seller_act(kind: str, product: str) -> str:
    """The act of a seller (`sellers.KINDS`, `seller_changes.KINDS`), without its subject."""
    return _SELLERS.get(kind, f"changes the {kind} of {{product}}").format(product=product)


def sentence(event: Event) -> str:
    """The effect of the event, without its time."""
    what = event.what
    if event.kind in ("feed", "feed_again", "feed_products", "event"):
        what = _FEEDS.get(event.what, f" ({event.what})")
    elif event.kind in ("redis_restart", "failover"):
        what = _SHARDS[event.what]
    elif event.kind == "seller":
        what = seller_act(event.what, "a product")
    elif event.kind == "bad_product":
        what = "get no answer" if event.what else "fail"
    text = _EVENTS[event.kind]
    products = _several(event.number or 1, "product")
    return text.format(products=products, target=event.target, number=event.number, seconds=event.seconds, what=what)


def world_of(plan: Plan) -> list[str]:
    """The processes, shops and limits of the world."""
    size = plan.size
    fed = "through the intake stream" if size.gateways else "directly into the lanes"
    lines = [
        f"{_several(size.workers, 'worker')}, {_several(size.gateways, 'gateway')},"
        f" {_several(len(size.shops), 'shop')} ({', '.join(size.shops)}). Jobs are fed {fed}.",
        f"A worker runs {_several(size.max_jobs, 'job')} at a time, holds a shop for {size.slice_seconds:g} s while"
        f" others wait, and its leases last {size.lease_seconds:g} s.",
    ]
    lines += _limits(size)
    if size.relays:
        lines.append("Redis is a cluster: outcomes are relayed from the lanes to the stream of outcomes.")
    if size.products:
        guard = "on" if size.rollout else "off"
        lines.append(f"The platform has {size.products} products. The rollout is {guard}.")
        lines.append("Some lines name a product by its last eight digits.")
    return lines


def _limits(size: Size) -> list[str]:
    lines = []
    if size.rate < 1e5:
        lines.append(f"A worker sends at most {size.rate:g} calls per second and shop.")
    if size.allowance:
        lines.append(f"The platform accepts {size.allowance} calls per second and shop, of reads and of writes.")
    if size.app_rate:
        lines.append(f"All workers together may send {size.app_rate:g} calls per second.")
    return lines


def _several(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"


def promise_of(problem: str) -> str:
    return PROMISES.get(problem.partition(":")[0], "")
