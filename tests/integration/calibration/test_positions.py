"""A calibration finds every position of the switches, or reports why it cannot."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from calibration.findings import Measured, NotMeasured
from facts.fact import Position
from facts.load import platform_facts, same_position
from tests.integration.calibration.conftest import Shops

SWITCHES = platform_facts().switches
ONE_BY_ONE = ("sandbox_requests_per_hour", "tells_retry_after", "quota_code")
"""These need an allowance or a quota, which would stop the experiments of the others."""


def drawn(seed: int) -> dict[str, Any]:
    random = Random(f"positions:{seed}")
    return {
        name: random.choice(fact.switch.positions)
        for name, fact in SWITCHES.items()
        if fact.switch is not None and name not in ONE_BY_ONE
    }


def hidden(positions: dict[str, Any], region: str) -> set[str]:
    """The switches that these positions hide from every request of a shop in this region."""
    names = set() if region == "US" else {"pre_approved_reason_is_singular"}
    if region == "US":
        names |= {"answers_without_version_outside_us", "refuses_invite_only_outside_us"}
    if positions["accepts_v1"]:
        names.add("answers_without_version_outside_us")
    if not positions["old_tokens_die"]:
        names.add("expired_token_code")
    return names


def turned(turns: int) -> dict[str, Any]:
    """Drawn positions, each switch turned on by as many positions: in a few turns it has had all of them."""
    turned = {}
    for name, position in drawn(1).items():
        switch = SWITCHES[name].switch
        assert switch is not None
        turned[name] = switch.positions[(switch.positions.index(position) + turns) % len(switch.positions)]
    return turned


@pytest.mark.parametrize(("turns", "region"), [*enumerate(["MX", "US", "ID", "VN", "DE"])])
async def test_every_position_is_found(shops: Shops, turns: int, region: str) -> None:
    await check(shops, region, turned(turns))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 33))
async def test_every_position_is_found_in_many_combinations(shops: Shops, seed: int) -> None:
    await check(shops, ("MX", "US", "ID", "GB", "BR")[seed % 5], drawn(seed))


async def check(shops: Shops, region: str, positions: dict[str, Any]) -> None:
    shop = await shops(shops=6, regions=(region,), **positions)
    findings = await shop.calibrate()
    missing = {}
    for name, wanted in positions.items():
        found = findings[SWITCHES[name].id]
        if name in hidden(positions, region):
            assert isinstance(found, NotMeasured), name
        elif not (isinstance(found, Measured) and same(found.value, wanted)):
            missing[name] = found
    assert not missing
    assert shop.changed_titles() == []


def same(found: Position, wanted: Position) -> bool:
    return same_position(found, wanted)


@pytest.mark.parametrize("code", [12052093, 12052109])
async def test_the_code_of_the_daily_quota_is_found_where_it_is_met(shops: Shops, code: int) -> None:
    shop = await shops(quota_code=code, quota_per_day=2)
    findings = await shop.calibrate()
    quota, package = findings["listing_quota"], findings["package_size_sum"]
    assert isinstance(quota, Measured)
    assert quota.value == code
    assert isinstance(package, NotMeasured)
    assert "daily listing quota" in package.reason
    assert shop.changed_titles() == []


@pytest.mark.parametrize("position", [False, True])
async def test_retry_after_is_found_where_a_burst_is_throttled(shops: Shops, position: bool) -> None:
    shop = await shops(unlimited=False, tells_retry_after=position)
    found = (await shop.calibrate("retry_after"))["retry_after"]
    assert isinstance(found, Measured)
    assert found.value is position


@pytest.mark.parametrize("quota", [0, 1000])
async def test_the_hourly_quota_of_a_development_shop_is_found(shops: Shops, quota: int) -> None:
    shop = await shops(sandbox_requests_per_hour=quota)
    found = (await shop.calibrate("sandbox_quota"))["sandbox_quota"]
    assert isinstance(found, Measured)
    assert found.value == quota
