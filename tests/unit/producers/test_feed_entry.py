"""Parsing intake entries and webhooks, and the errors for invalid ones."""

from __future__ import annotations

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.job import Job
from model.job_state import AuditNotice, AuditState, CategoryChange, RelistState
from producers.feed_entry import BadJob, parse_entry, parse_job
from producers.webhooks import updates_of
from tiktok_shop.webhooks import parse_webhook

GOOD = {"shop_id": "7494", "product_id": "1729"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def test_all_contract_fields_are_accepted() -> None:
    job = parse_job(
        {
            **GOOD,
            "kind": "relist",
            "category_id": "853000",
            "brand_id": "7",
            "attributes": [{"id": "100392", "values": [{"id": "1001533"}]}],
            "priority": "urgent",
            "dry_run": True,
            "run_id": "spring-sweep",
            "trace_id": "erp-42",
        }
    )
    assert (job.id, job.category_id, job.priority, job.dry_run, job.trace_id) == (
        "1729",
        "853000",
        "urgent",
        True,
        "erp-42",
    )
    assert parse_job({"kind": "search", "shop_id": "7494"}).id == "search:all"


def test_the_sellers_own_data_is_kept_and_survives_storage() -> None:
    origin = {"category": {"full_name": "Home > Jars", "is_leaf": True}, "vendor": "Acme", "tags": ["glass"]}
    job = parse_job({**GOOD, "origin": {**origin, "product_type": None}})
    assert job.origin == origin
    assert job.origin_category == "Home > Jars", "the mapping file may name it"
    assert job.has_hints
    assert Job.load(job.shop_id, job.id, job.dump()) == job


def test_null_fields_are_ignored() -> None:
    optional = ("kind", "priority", "dry_run", "category_id", "attributes", "run_id", "filter", "external_id")
    assert parse_job({**GOOD, **dict.fromkeys(optional)}) == parse_job(GOOD)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"shop_id": None}, "shop_id"),
        ({"shop_id": 7494}, "shop_id"),
        ({"product_id": "x"}, "product_id"),
        ({"kind": "delete"}, "kind"),
        ({"priority": "high"}, "priority"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": [{"id": "1", "values": [{}]}]}, r"attributes\[0\]"),
        ({"run_id": "x" * 501}, "run_id"),
        ({"filter": {}}, "filter"),
        ({"origin": "Home > Jars"}, "origin: must be an object"),
        ({"origin": {"colour": "red"}}, "origin: unknown field 'colour'"),
        ({"origin": {"vendor": 7}}, "origin.vendor"),
        ({"origin": {"tags": "kitchen"}}, "origin.tags"),
        ({"origin": {"category": {"is_leaf": "yes"}}}, "origin.category.is_leaf"),
        ({"origin": {"attributes": [{"values": []}]}}, r"origin.attributes\[0\].name"),
        ({"origin": {"attributes": [{"name": "Colour", "values": "Red"}]}}, r"origin.attributes\[0\].values"),
        ({"catgory_id": "1"}, "catgory_id"),
    ],
)
def test_invalid_field_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(BadJob, match="^" + named):
        parse_job({**GOOD, **change})


def test_bad_job_does_not_affect_the_others() -> None:
    good, bad, other = parse_entry({b"jobs": orjson.dumps([GOOD, {}, GOOD])})
    assert isinstance(bad, BadJob)
    assert str(bad).startswith("jobs[1].shop_id")
    assert not isinstance(good, BadJob)
    assert not isinstance(other, BadJob)


raw_fields = st.dictionaries(
    st.sampled_from([b"job", b"jobs", b"x"]), st.binary(max_size=20) | json_values.map(orjson.dumps)
)


@given(raw_fields)
def test_garbage_raises_only_bad_job(fields: dict[bytes, bytes]) -> None:
    """An exception other than BadJob fails the test."""
    with contextlib.suppress(BadJob):
        refused = [each for each in parse_entry(fields) if isinstance(each, BadJob)]
        assert all(str(each) for each in refused)


def waiting_updates(body: bytes) -> list[tuple[str, object]]:
    return [(each.job.id, each.job.state) for each in updates_of(parse_webhook(body)) if each.update_only]


def test_only_audit_ends_update_the_audit() -> None:
    approved = (
        b'{"type":37,"shop_id":"7","timestamp":9,"data":'
        b'{"product_id":1729592969712207008,"audit":{"status":"APPROVED"},"update_time":8}}'
    )
    assert waiting_updates(approved) == [("audit:1729592969712207008", AuditState(notice=AuditNotice("APPROVED", 8)))]
    assert waiting_updates(approved.replace(b"APPROVED", b"AUDITING")) == []
    assert waiting_updates(b'{"type":5,"shop_id":"7","data":{"product_id":1}}') == []


def test_status_webhook_reports_failed_audit() -> None:
    failure = b'{"type":5,"shop_id":"7","timestamp":9,"data":{"product_id":1,"status":"PRODUCT_AUDIT_FAILURE"}}'
    assert waiting_updates(failure) == [("audit:1", AuditState(notice=AuditNotice("FAILED", 9)))]


def test_category_change_updates_waiting_job() -> None:
    changed = b'{"type":18,"shop_id":"7","data":{"product_id":"1","current_category_id":"853000"}}'
    assert waiting_updates(changed) == [("1", RelistState(changed=CategoryChange("853000")))]


@pytest.mark.parametrize(
    "data", ["{}", '{"product_id":1}', '{"product_id":1,"audit":[]}', '{"audit":{"status":"FAILED"}}']
)
@pytest.mark.parametrize("kind", [5, 18, 37, 99])
def test_webhook_of_unexpected_shape_updates_nothing(kind: int, data: str) -> None:
    assert waiting_updates(f'{{"type":{kind},"shop_id":"7","data":{data}}}'.encode()) == []


NEW = {
    "kind": "list",
    "shop_id": "7494",
    "external_id": "sku-1",
    "product": {"title": "T", "description": "D", "main_images": [{"uri": "u"}], "skus": [{}]},
}


def test_new_listing_is_identified_by_its_external_id() -> None:
    job = parse_job(NEW)
    assert (job.id, job.kind, job.external_id, job.product) == ("list:sku-1", "list", "sku-1", NEW["product"])


def test_upgrade_job_has_a_fixed_id() -> None:
    assert parse_job({"kind": "upgrade", "shop_id": "7494"}).id == "upgrade"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"external_id": None}, "external_id: missing"),
        ({"external_id": ""}, "external_id: must be"),
        ({"external_id": "a\nb"}, "external_id: must be"),
        ({"product": None}, "product: missing"),
        ({"product": []}, "product: must be an object"),
        ({"product": {"title": "T"}}, "product.description: missing"),
        ({"product": {**NEW["product"], "skus": {}}}, "product.skus: has the wrong type"),  # type: ignore[dict-item]
        ({"product": {**NEW["product"], "skus": [1]}}, r"product.skus\[0\]: must be an object"),  # type: ignore[dict-item]
        ({"product_id": "1"}, "product_id: not allowed for kind list"),
        ({"filter": {}}, "filter: not allowed for kind list"),
        ({"colour": "red"}, "colour: unknown field"),
    ],
)
def test_missing_field_of_a_new_listing_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(BadJob, match="^" + named):
        parse_job({**NEW, **change})
