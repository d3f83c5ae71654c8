"""Every rule of a listing and its code."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator.api_error import ApiError
from simulator.media import image_uri
from simulator.options import SimulatorOptions
from simulator.rules.body_shape import check_shape
from simulator.rules.category import check_leaf, replica_problems, version_of
from simulator.rules.listing import listing_problems
from simulator.shapes import to_edit
from simulator.world import World
from tests.support.simulator_bodies import create_body, edit_body, movable, open_leaf, submission
from tests.support.simulator_cases import ACCEPTED, SPOILT, Body, attribute, put


def codes(
    world: World, body: Body, region: str = "US", before: Body | None = None, options: SimulatorOptions | None = None
) -> list[int]:
    seller = replace(world.shops[0].seller, region=region)
    return [each.code for each in listing_problems(submission(world, seller, body, before, options))]


def good(world: World, **leaf: bool) -> Body:
    return create_body(world, world.shops[0], category_id=open_leaf(world, **leaf))


@pytest.mark.parametrize(
    ("code", "region", "spoil"), SPOILT, ids=[f"{code}-{region}-{n}" for n, (code, region, _) in enumerate(SPOILT)]
)
def test_a_broken_rule_is_reported_with_its_code(
    world: World, code: int, region: str, spoil: Callable[[Body], None]
) -> None:
    body = good(world)
    assert codes(world, body, region) == []
    spoil(body)
    assert code in codes(world, body, region)


@pytest.mark.parametrize(("region", "change"), ACCEPTED)
def test_a_body_within_the_limits_is_accepted(world: World, region: str, change: Callable[[Body], None]) -> None:
    body = good(world)
    change(body)
    assert codes(world, body, region) == []


def with_skus(world: World, count: int, **changes: Any) -> Body:
    body = good(world)
    (sku, *_) = body["skus"]
    del sku["identifier_code"]
    body["skus"] = [
        {**sku, "seller_sku": f"MANY-{n:04d}", "sales_attributes": [{"id": "100009", "value_name": f"Shade {n}"}]}
        for n in range(count)
    ]
    return {**body, **changes}


@pytest.mark.parametrize(("region", "most"), [("US", 300), ("DE", 300), ("VN", 100)])
def test_the_number_of_skus_depends_on_the_market(world: World, region: str, most: int) -> None:
    assert codes(world, with_skus(world, most), region) == []
    assert codes(world, with_skus(world, most + 1), region) == [12052558]


def test_at_most_three_sales_attributes_and_images_on_one(world: World) -> None:
    body = good(world)
    for sku in body["skus"]:
        sku["sales_attributes"] += [{"name": f"Cut {n}", "value_name": "x1"} for n in range(3)]
    assert codes(world, body) == [12052525]
    body = good(world)
    for sku in body["skus"]:
        image = {"uri": image_uri(1)}
        sku["sales_attributes"].append({"id": "100010", "value_id": "10001000", "sku_img": image})
    assert codes(world, body) == [12052528]


def test_custom_sales_attributes_have_short_names_and_values(world: World) -> None:
    body = good(world)
    for sku in body["skus"]:
        sku["sales_attributes"].append({"name": "n" * 9 + "m" * 12, "value_name": "ab" * 26})
    assert set(codes(world, body)) == {12052242, 12052249}


def test_a_required_certificate_and_its_expiry(world: World) -> None:
    body = good(world, certificate_of_battery=True)
    assert codes(world, body) == []
    attribute("100002", {"id": "10000200"})(body)
    attribute("100003", {"name": "2000 mAh"})(body)
    assert codes(world, body) == [12052105]
    body["certifications"] = [{"id": "7002", "images": [{"uri": image_uri(1)}]}]
    assert codes(world, body) == []
    expiring = good(world, expiry=True)
    expiring["certifications"] = [{"id": "7001", "images": [{"uri": image_uri(1)}]}]
    assert codes(world, expiring) == [12052385]


def test_a_required_size_chart_and_required_dimensions(world: World) -> None:
    body = good(world, size_chart=True)
    assert codes(world, body) == [12052673]
    body["size_chart"] = {"template": {"id": world.shops[0].seller.size_chart_templates[0]}}
    assert codes(world, body) == []
    body = good(world, dimensions=True)
    del body["package_dimensions"]
    assert codes(world, body) == [12052116]


def test_brands_by_authorisation(world: World) -> None:
    seller = world.shops[0].seller
    t1 = next(
        each["id"]
        for each in world.catalogue.brands
        if each["is_t1_brand"] and each["id"] not in seller.authorized_brands
    )
    free = next(
        each["id"]
        for each in world.catalogue.brands
        if not each["is_t1_brand"] and each["id"] not in seller.authorized_brands
    )
    own = min(seller.authorized_brands)
    assert codes(world, {**good(world), "brand_id": t1}) == [12052208]
    assert codes(world, {**good(world), "brand_id": free}) == []
    assert codes(world, {**good(world), "brand_id": own}) == []
    closed = World(SimulatorOptions(seed=7, shops=2, products=10, unavailable_brand_share=1.0))
    body = create_body(closed, closed.shops[0], brand_id=own)
    assert codes(closed, body) == [12052201]


def test_an_identifier_cannot_change_once_submitted(world: World) -> None:
    for _, product, body in movable(world, world.shops[0]):
        coded = [sku for sku in body["skus"] if "identifier_code" in sku]
        if coded:
            assert codes(world, body, before=product) == []
            coded[0]["identifier_code"] = {"code": "00000000000000", "type": "GTIN"}
            assert codes(world, body, before=product) == [12052593]
            return
    pytest.fail("no product has an identifier")


def test_an_edit_keeps_warehouses_and_a_sales_attribute(world: World) -> None:
    _, product, body = next(movable(world, world.shops[0]))
    stranger = copy.deepcopy(body)
    stranger["skus"][0]["inventory"] = [
        {"warehouse_id": warehouse, "quantity": 1} for warehouse in world.shops[0].seller.warehouses
    ][: 1 if len(product["skus"][0]["inventory"]) == 2 else 2]
    assert codes(world, stranger, before=product) == [12052533]
    for number, sku in enumerate(body["skus"]):
        sku["sales_attributes"] = [{"name": "Flavour", "value_name": f"No {number}"}]
    assert codes(world, body, before=product) == [12019019]


def test_a_poor_size_chart_stops_an_edit_that_leaves_it(world: World) -> None:
    options = SimulatorOptions(poor_size_chart_share=1.0)
    product, body = next(
        (product, body)
        for _, product, body in movable(world, world.shops[0])
        if "image" in product.get("size_chart", {})
    )
    assert codes(world, body, before=product, options=options) == [5001001]
    body["size_chart"] = {"image": {"uri": image_uri(5, 1200, 1200)}}
    assert codes(world, body, before=product, options=options) == []


def test_a_product_with_replicas_keeps_its_category(world: World) -> None:
    body = good(world)
    chain = [{"id": body["category_id"], "local_name": "Jars", "parent_id": "0", "is_leaf": True}]
    for replicated, before, code in ((True, [], 12052514), (True, chain, None), (False, [], None)):
        live = {"is_replicated": replicated, "category_chains": before}
        problems = replica_problems(submission(world, world.shops[0].seller, body, live))
        assert next((each.code for each in problems), None) == code


def test_invite_only_leaf_is_refused_if_the_switch_is_on(world: World) -> None:
    leaf = next(node.id for node in world.trees.v2.values() if node.leaf and "INVITE_ONLY" in node.permissions)
    body = {**good(world), "category_id": leaf}
    refusing = SimulatorOptions(refuses_invite_only_outside_us=True)
    assert 12052221 not in codes(world, body, "DE")
    assert 12052221 in codes(world, body, "DE", options=refusing)
    assert 12052221 not in codes(world, body, "US", options=refusing)


@pytest.mark.parametrize(
    ("sent", "options", "answer"),
    [
        ("v2", {}, "v2"),
        (None, {}, 12052217),
        ("v1", {}, 12052217),
        ("V2", {}, 36009004),
        ("v3", {}, 36009004),
        (2, {}, 36009004),
        ("V2", {"version_case_insensitive": True}, "v2"),
        ("v1", {"accepts_v1": True}, "v1"),
        (None, {"accepts_v1": True}, "v1"),
    ],
)
def test_which_tree_a_version_means(sent: Any, options: Body, answer: Any) -> None:
    try:
        meant: Any = version_of(SimulatorOptions(**options), sent)
    except ApiError as error:
        meant = error.code
    assert meant == answer


def test_which_ids_a_tree_takes(world: World) -> None:
    trees = world.trees
    vanished = next(leaf for leaf in trees.v1_leaves if leaf not in trees.v2)
    split = next(iter(trees.splits))
    new = trees.splits[split][0]
    cases = [
        (new, "v2", None), (split, "v1", None), (vanished, "v2", 12052230), (new, "v1", 12052230),
        (split, "v2", 12052024), ("999999999", "v2", 12052023), ("abc", "v2", 12052002), (None, "v2", 12052002),
    ]  # fmt: skip
    for category, version, code in cases:
        if code is None:
            assert check_leaf(trees, category, version).id == category
        else:
            with pytest.raises(ApiError) as refused:
                check_leaf(trees, category, version)
            assert refused.value.code == code


@pytest.mark.parametrize(
    "spoil",
    [
        put("title", 5),
        put("main_images", {}),
        put("main_images.0", "uri"),
        put("main_images.0", {"url": "x"}),
        put("skus.0", []),
        put("skus.0.id", 17),
        put("skus.0.price", "12.50"),
        put("skus.0.inventory.0.quantity", "5"),
        put("skus.0.inventory.0.quantity", True),
        put("product_attributes", [{"id": "1"}]),
        put("package_weight", "1.32"),
        put("search_terms", "jar"),
    ],
)
def test_a_wrong_type_is_refused_before_any_rule(world: World, spoil: Callable[[Body], None]) -> None:
    body = good(world)
    check_shape(body)
    spoil(body)
    with pytest.raises(ApiError, match="invalid parameter") as refused:
        check_shape(body)
    assert refused.value.code == 36009004


def test_all_problems_of_a_body_are_reported(world: World) -> None:
    body = {**good(world), "title": "", "main_images": [], "product_attributes": []}
    assert codes(world, body) == [12052261, 12052028, 12052104]


def test_reading_and_editing_back_changes_nothing(world: World) -> None:
    _, product, body = next(movable(world, world.shops[0]))
    assert {name: body[name] for name in to_edit(product) if name != "product_attributes"} == {
        name: value for name, value in to_edit(product).items() if name != "product_attributes"
    }
    assert body == edit_body(world, world.shops[0], product)
