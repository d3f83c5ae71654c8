"""Counts derived from the pattern of traits equal counts of single products; allowances per second."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.allowance import Allowance
from simulator.options import DEMO, SimulatorOptions
from simulator.products import EPOCH, SPACING
from simulator.profile import load_profile
from simulator.traits import PERIOD, TraitPattern, Traits, make_traits
from simulator.world import World

PATTERN = make_traits(5, load_profile(DEMO).traits)
WORLD = World(SimulatorOptions(seed=5, shops=1, products=2300, started_at=1_795_000_000))
SHOP = WORLD.shops[0]
for touched in (3, 700, 2299):
    WORLD.touch(SHOP, touched).live = {**WORLD.peek(SHOP, touched), "update_time": EPOCH + 50 * SPACING}


def on_v1(traits: Traits) -> bool:
    return not traits.born_on_v2


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 10**6))
def test_pattern_counts_equal_counting_one_by_one(first: int, last: int, shift: int) -> None:
    traits = TraitPattern(PATTERN, shift)
    assert traits.count(first, last, on_v1) == sum(on_v1(traits.of(index)) for index in range(first, last + 1))


@given(st.integers(0, 3 * PERIOD), st.integers(0, 10**6))
def test_pattern_indexes_equal_looking_at_each(products: int, shift: int) -> None:
    traits = TraitPattern(PATTERN, shift)
    young = [index for index in range(products) if traits.of(index).age_seconds is not None]
    assert sorted(traits.indexes(products, lambda traits: traits.age_seconds is not None)) == young


times = st.integers(EPOCH - 1000, EPOCH + 2400 * SPACING) | st.sampled_from([0, 1_794_990_000, 2**40])


@given(times, times, st.integers(0, 2400))
def test_candidates_include_every_product_of_a_time(first: int, last: int, start: int) -> None:
    first, last = min(first, last), max(first, last)
    found = [i for i in WORLD.candidates(SHOP, start, (first, last)) if first <= WORLD.update_time(SHOP, i) <= last]
    assert found == [i for i in range(start, 2300) if first <= WORLD.update_time(SHOP, i) <= last]
    made = sum(WORLD.would_fit(SHOP, i, on_v1, (first, last)) for i in range(2300))
    assert WORLD.count_untouched(SHOP, on_v1, (first, last)) == made


def test_an_allowance_is_a_strict_sliding_second() -> None:
    allowance = Allowance(10)
    assert all(allowance.accepts(number * 0.1) for number in range(10))
    assert not allowance.accepts(0.999)
    assert allowance.accepts(1.0)
    assert not allowance.accepts(1.05)
    assert (allowance.accepted_total, allowance.throttled) == (11, 2)


def test_a_burst_within_a_tenth_of_a_second_is_refused() -> None:
    allowance = Allowance(40)
    assert [allowance.accepts(0.001 * number) for number in range(12)].count(True) == 10
    assert allowance.accepts(0.2)
