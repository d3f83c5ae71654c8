"""The promises that are checked at the end of every world of the queue. How to add one: README.md."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation import call_oracles, oracles, state_oracles

PROMISES: Sequence[oracles.Oracle] = (
    oracles.conserved,
    oracles.at_most_one_end,
    oracles.lanes_are_empty,
    state_oracles.nothing_is_kept,
    state_oracles.counted,
    state_oracles.states_agree,
    state_oracles.blocked_agree,
    state_oracles.hints_are_used,
    state_oracles.audits_are_followed,
    state_oracles.nothing_failed,
    state_oracles.attempts_are_fair,
    call_oracles.limits_are_kept,
    call_oracles.throttled_seldom,
    call_oracles.within_allowance,
)
