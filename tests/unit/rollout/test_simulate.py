"""The cost of a rollout policy for an operator's products."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollout.admission import admit
from rollout.edit import Edit
from rollout.outcome import Admitted, Held
from rollout.policy import CAREFUL, NORMAL, OFF, Gate, RolloutPolicy
from rollout.records import Book
from rollout.simulate import PlannedProduct, SimulatedPlan, audits_around, simulate
from rollout.simulated_shops import EditingShop
from rollout.simulation import Simulation, time_of_share
from tests.support.rollout_book import an_edit


def products(rule: str, count: int = 400) -> list[PlannedProduct]:
    return [PlannedProduct(f"s{number % 4}", f"7{number % 20}", rule, f"6{number % 20}") for number in range(count)]


def test_own_leaf_products_wait_for_no_audit() -> None:
    off, normal, careful = simulate(products("own_leaf"), audits_around(600))
    assert (off.policy, normal.policy, careful.policy) == ("off", "normal", "careful")
    assert off.looks < normal.looks
    assert off.groups_held == normal.groups_held == 0
    assert normal.most_final < off.most_final + 60
    assert careful.groups_held > 0


def test_mapped_products_wait_for_audits() -> None:
    off, normal, careful = simulate(products("mapping"), audits_around(600))
    assert off.groups_held == off.products_held == 0
    assert normal.groups_held == 20
    assert off.most_final < normal.most_final <= careful.most_final
    assert normal.products_held > 0


def test_the_first_look_at_each_field_of_a_leaf_is_counted() -> None:
    """Every leaf shows another field after each 200 products, so that 40 leaves show 200 fields."""
    plain = [PlannedProduct(f"s{n % 4}", f"7{n % 40}", "own_leaf", f"6{n % 40}") for n in range(1_000)]
    shown = [replace(each, fields=frozenset({"title", f"field_{n // 200}"})) for n, each in enumerate(plain)]
    audits = audits_around(600)
    (off, without, _), (_, with_fields, _) = simulate(plain, audits), simulate(shown, audits)
    assert off.looks < without.looks
    assert with_fields.looks - without.looks > 150


def test_long_audits_cost_hardly_more_tries_than_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a simulation of audits of a day would take a thousand times as long as one of two minutes."""
    tries = 0

    def counted(book: Book, edit: Edit, policy: RolloutPolicy, now: int) -> Admitted | Held:
        nonlocal tries
        tries += 1
        return admit(book, edit, policy, now)

    monkeypatch.setattr("rollout.simulation.admit", counted)
    policy = replace(CAREFUL, own_leaf_fleet=Gate(5, 1, 0))
    counts = []
    for median in (120.0, 86_400.0):
        platform = SimulatedPlan(products("own_leaf", 200), audits_around(median), 1)
        tries = 0
        assert len(Simulation(platform.shops(10.0), platform, policy, 1).run().sent) == 200
        counts.append(tries)
    assert counts[1] < 4 * counts[0]


def test_every_product_is_sent_in_the_end() -> None:
    for cost in simulate(products("mapping", 100), [60.0]):
        assert 0 < cost.half_final <= cost.most_final
        assert cost.most_final <= cost.last_sent + 60


@pytest.mark.parametrize(("groups", "audits"), [([], [1.0]), (products("own_leaf", 1), [])])
def test_nothing_to_simulate_is_refused(groups: list[PlannedProduct], audits: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        simulate(groups, audits)


class ClearsVideo:
    """A platform that clears one field in every leaf."""

    def edit(self, product: int):  # type: ignore[no-untyped-def]
        return an_edit(product, leaf=str(product % 50), shop=f"s{product % 3}", fields=("title", "video"))

    def shows_after(self, product: int) -> float:
        return 1.0

    def damages(self, product: int, now: float) -> tuple[str, ...]:
        return ("video",)

    def audit(self, product: int, now: float) -> tuple[float | None, bool]:
        return 60.0, False


def test_an_injected_fault_is_stopped_in_simulated_time() -> None:
    shops = [EditingShop(f"s{n}", 10.0, range(n, 900, 3)) for n in range(3)]
    course = Simulation(shops, ClearsVideo(), NORMAL, 1).run()
    assert {key for key, cause in course.fleet.causes.items() if not cause.under} == {"field/video"}
    assert len(course.damaged) <= 16
    assert len(course.held) == 900 - len(course.sent)
    unguarded = Simulation(shops, ClearsVideo(), OFF, 1).run()
    assert len(unguarded.damaged) == 900
    assert all(cause.alert_only for cause in unguarded.fleet.causes.values())


def test_shares_of_few_durations() -> None:
    assert time_of_share([], 0.5) == 0.0
    assert time_of_share([3.0, 1.0, 2.0], 0.5) == 2.0
    assert time_of_share([3.0, 1.0, 2.0], 1.0) == 3.0
