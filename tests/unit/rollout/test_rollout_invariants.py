"""For any events in any order: no window is exceeded, and no stopped edit is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rollout.codec import decode_fleet, decode_group, encode_fleet, encode_group
from rollout.edit import Decision, Edit
from rollout.outcome import Admitted, Changed, Clean, Damaged, NotSeen, NotSent, Permit, ReadBack
from rollout.policy import CAREFUL, NORMAL
from rollout.records import MAX_EXAMPLES
from rollout.stops import covering_cause
from tests.support.examples import more
from tests.support.rollout_book import RolloutBook

DECISIONS = (
    (),
    (Decision("mapping", "a", "1", "2"),),
    (Decision("attribute_rule", "b", "colour"),),
    (Decision("mapping", "a", "1", "2"), Decision("attribute_rule", "b", "colour")),
)
EDITS = st.builds(
    Edit,
    st.sampled_from(["s1", "s2", "s3"]),
    st.integers(1, 500).map(str),
    st.sampled_from(["MX", "BR"]),
    st.just("r1"),
    st.sampled_from(["11", "12", "13"]),
    st.sampled_from(DECISIONS),
    st.frozensets(st.sampled_from(["title", "video", "images", "brand"])),
)
RESULTS: st.SearchStrategy[ReadBack] = st.one_of(
    st.just(Clean()), st.just(Clean()), st.just(NotSeen()), st.just(NotSent()),
    st.sampled_from(["title", "video", "images"]).map(lambda name: Damaged((name,))),
    st.sampled_from(["title", "video", "images"]).map(lambda name: Changed((name,))),
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("ask"), EDITS),
    st.tuples(st.just("ask"), EDITS),
    st.tuples(st.just("report"), st.integers(0), RESULTS),
    st.tuples(st.just("audit"), st.integers(0), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 300_000)),
)


@more(150)
@given(st.lists(STEPS, max_size=120), st.sampled_from([NORMAL, CAREFUL]))
def test_windows_and_stops_hold_in_any_order(steps, policy) -> None:  # type: ignore[no-untyped-def]
    rollout, permits = RolloutBook(policy), list[Permit]()
    for what, *how in steps:
        if what == "ask":
            fields = dict(rollout.book(how[0]).group(how[0].leaf_key).fields)
            cause = covering_cause(rollout.fleet, how[0], fields)
            answer = rollout.ask(how[0])
            if isinstance(answer, Admitted):
                assert cause is None
                permits.append(answer.permit)
                looked = {"release/r1", f"release/r1/{how[0].market}", how[0].leaf_key} & {*answer.permit.windows}
                assert answer.read_back or not (answer.permit.looks or looked - {how[0].leaf_key})
        elif what == "report" and permits:
            rollout.report(permits[how[0] % len(permits)], how[1])
        elif what == "audit" and permits:
            rollout.audit(permits[how[0] % len(permits)], rejected=how[1])
        elif what == "wait":
            rollout.now += how[0]
        _check(rollout)


def _check(rollout: RolloutBook) -> None:
    policy = rollout.policy
    for key, group in rollout.groups.items():
        kind = key.split("/", 1)[0]
        most = policy.window(group.clean) if kind == "release" else policy.leaf_looks
        assert len(group.looking) <= most
        if kind == "decision":
            assert len(group.auditing) <= policy.decision_gate.cap
        assert group.score >= 0
        assert min((group.passes, group.rejections, group.unknown, group.clean)) >= 0
        assert len(group.examples) <= MAX_EXAMPLES
        stored = decode_group(key, encode_group(group, 5))
        assert (stored.version, stored.used) == (1, 5)
        group_again = encode_group(stored, 5)
        assert group_again.split(b" ", 1)[1] == encode_group(group, 5).split(b" ", 1)[1]
    fleet = decode_fleet(encode_fleet(rollout.fleet))
    assert fleet.causes == rollout.fleet.causes
    assert fleet.voided == rollout.fleet.voided
    for cause in rollout.fleet.causes.values():
        assert not cause.under or cause.under in rollout.fleet.causes


@given(EDITS, st.integers(0, 10**13), st.integers(0, 99))
def test_a_permit_survives_the_state_of_a_job(edit: Edit, admitted: int, cohort: int) -> None:
    permit = Permit(edit, admitted, edit.keys, tuple(sorted(edit.fields)), cohort)
    assert Permit.from_json(permit.to_json()) == permit
