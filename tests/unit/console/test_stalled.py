"""A parked shop is reported unless its cause is."""

from __future__ import annotations

from typing import Any

from console.diagnosis.finding import Finding, failure, ok
from console.diagnosis.stalled import RESUME, with_stalled

REFUSED = "the platform refuses the app (authorized_shops: signature is invalid, code 106001, request {}): check it"
RECORD = "the record in /var/lib/relist/journal is unavailable: Not a directory"


def shop(shop_id: str, reason: str, ends: float | None = None, state: str = "parked") -> dict[str, Any]:
    return {"shop_id": shop_id, "state": state, "reason": reason, "ends_seconds": ends}


def test_reasons_that_differ_in_the_request_are_one_finding() -> None:
    shops = [shop("1", REFUSED.format("a1"), 50.0), shop("2", REFUSED.format("b2"), 60.0)]
    (found,) = with_stalled([], shops)
    assert found.what == "2 shops stalled"
    assert found.found == ("parked: the platform refuses the app (signature is invalid, code 106001): check it (1, 2)")


def test_symptoms_of_a_named_cause_are_left_out() -> None:
    cause = Finding("shops", "failure", "wrong secret", "copy it", "app_secret", ("1",))
    assert with_stalled([cause], [shop("1", REFUSED.format("a"), 50.0)]) == [cause]
    record = failure("record", "cannot be written", "let the worker write to it")
    assert with_stalled([record], [shop("1", RECORD, 50.0)]) == [record]
    assert len(with_stalled([ok("record", "can be written")], [shop("1", RECORD, 50.0)])) == 2


def test_settings_that_the_platform_accepts_here_are_wrong_on_another_worker() -> None:
    asked = ok("shops", "1 of 1 shop is authorised and active")
    for reason in (REFUSED.format("a"), "this machine's IP address is not on the list", "the stored tokens cannot be"):
        _, found = with_stalled([asked], [shop("1", reason, 50.0)])
        assert found.fix.startswith("the platform accepts this machine's settings: correct those of the worker")
    (unasked,) = with_stalled([], [shop("1", REFUSED.format("a"), 50.0)])
    assert unasked.fix == "fix the cause; then relist shops resume --parked; otherwise the first is retried in 50 s"
    assert (found.verdict, unasked.verdict) == ("failure", "failure"), "nothing works until somebody acts"


def test_shops_that_continue_on_their_own_need_nobody() -> None:
    (quota,) = with_stalled([], [shop("1", "the shop's daily quota is used up", 50.0)])
    assert (quota.verdict, quota.fix) == ("warning", "wait: the first continues in 50 s")
    _, repaired = with_stalled([ok("record", "can be written")], [shop("1", RECORD, 50.0)])
    assert repaired.verdict == "warning"


def test_an_endpoint_is_no_cause_of_its_own() -> None:
    listed = "this machine's IP address is not on the app's allow list ({}: not in the list, code 36009033): add it"
    shops = [shop("1", listed.format("search_products"), 50.0), shop("2", listed.format("authorized_shops"), 60.0)]
    (found,) = with_stalled([], shops)
    assert "allow list (not in the list, code 36009033): add it (1, 2)" in found.found


def test_remedy_names_the_resumption_that_people_must_do() -> None:
    cause = Finding("shops", "failure", "wrong token key", "set it", "token_key", ("1",))
    (found,) = with_stalled([cause], [shop("1", "the stored tokens of account 1 cannot be decrypted")])
    assert found.fix == "set it" + RESUME


def test_paused_shop_is_reported_next_to_its_cause() -> None:
    cause = Finding("shops", "failure", "wrong secret", "copy it", "app_secret", ("1",))
    _, paused = with_stalled([cause], [shop("1", "stocktaking", state="paused")])
    assert paused.found == "paused: stocktaking (1)"
    assert "resume SHOP" in paused.fix
