"""Every rule of a listing: one thing spoilt, one code."""

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
from simulator.rules.category import check_leaf, version_of
from simulator.rules.listing import listing_problems
from simulator.shapes import to_edit
from simulator.world import World
from tests.unit.simulator.bodies import create_body, edit_body, movable, open_leaf, submission

Body = dict[str, Any]


def codes(
    world: World, body: Body, region: str = "US", before: Body | None = None, options: SimulatorOptions | None = None
) -> list[int]:
    seller = replace(world.shops[0].seller, region=region)
    return [each.code for each in listing_problems(submission(world, seller, body, before, options))]


def good(world: World, **leaf: bool) -> Body:
    return create_body(world, world.shops[0], category_id=open_leaf(world, **leaf))


def attribute(identity: str, *values: Body) -> Callable[[Body], None]:
    def add(body: Body) -> None:
        body["product_attributes"].append({"id": identity, "values": list(values)})

    return add


def put(path: str, value: Any) -> Callable[[Body], None]:
    """`skus.0.seller_sku`: sets it; None takes it away."""

    def change(body: Any) -> None:
        *steps, last = path.split(".")
        for step in steps:
            body = body[int(step)] if step.isdigit() else body[step]
        key: Any = int(last) if last.isdigit() else last
        if value is None:
            del body[key]
        else:
            body[key] = copy.deepcopy(value)

    return change


COLOR = "skus.0.sales_attributes.0"
SPOILT: list[tuple[int, str, Callable[[Body], None]]] = [
    (12052261, "US", put("title", "")),
    (12052051, "US", put("title", "x y" * 100)),
    (12052051, "BR", put("title", "x y" * 101)),
    (98001004, "VN", put("title", "Too short for Vietnam")),
    (12052262, "US", put("title", "A sturdy 罐子")),
    (12052931, "US", put("title", "Jars &amp; boxes")),
    (12052931, "US", put("title", "Jars \U0001f600")),
    (12052931, "US", put("title", "Jaaaaaaaaaar")),
    (12052931, "US", put("title", "!!! ---")),
    (12052015, "US", put("description", "  ")),
    (12052013, "US", put("description", "ab " * 3400)),
    (12052346, "US", put("description", "<p>罐子</p>")),
    (12052345, "US", put("description", "<script>x</script>")),
    (12052348, "US", put("description", '<p>a</p><img width="10" height="10"/>')),
    (12052340, "US", put("description", '<p>a</p><img src="https://elsewhere.example/a.png"/>')),
    (12052056, "US", put("description", "<p>a</p>" + '<img src="https://simulated.invalid/a"/>' * 31)),
    (12052910, "US", put("search_terms", ["a"] * 16)),
    (12052910, "US", put("key_product_features", ["a" * 1501])),
    (12052369, "US", put("external_product_id", "e" * 1000)),
    (12052028, "US", put("main_images", [])),
    (12052306, "US", put("main_images", [{"uri": image_uri(n)} for n in range(10)])),
    (12052300, "US", put("main_images.0.uri", "https://elsewhere.example/a.png")),
    (12052902, "US", put("skus", [])),
    (12052557, "US", put("skus.0.id", "17295")),
    (12052054, "US", put("skus.0.seller_sku", "s" * 51)),
    (12019059, "US", put("skus.0.seller_sku", "has a space")),
    (12019059, "DE", put("skus.0.seller_sku", "short")),
    (12052600, "US", put("skus.0.identifier_code.type", "ASIN")),
    (12052591, "US", put("skus.0.identifier_code.code", "123")),
    (12052598, "US", put("skus.0.identifier_code.code", "123X567890123")),
    (12052592, "US", put("skus.0.identifier_code.code", "12345678901231")),
    (12052571, "US", put("skus.0.price", None)),
    (12052084, "US", put("skus.0.price.currency", "EUR")),
    (12052073, "US", put("skus.0.price.amount", "12.505")),
    (12052375, "US", put("skus.0.list_price", {"currency": "USD", "amount": "0"})),
    (12052383, "US", put("skus.0.list_price", {"currency": "USD", "amount": "7600.01"})),
    (12052486, "US", put("skus.0.inventory", None)),
    (12052097, "US", put("skus.0.inventory.0.warehouse_id", "1")),
    (12052055, "US", put("skus.0.inventory.0.quantity", 100_000)),
    (12052055, "US", put("skus.0.inventory.0.quantity", 0)),
    (12052550, "US", put("skus.0.sales_attributes", [])),
    (12052560, "US", put(COLOR, {"id": "100009", "value_id": "10000901", "value_name": "Blue"})),
    (12052527, "US", put(f"{COLOR}.id", "42")),
    (12052529, "US", put(f"{COLOR}.value_id", "42")),
    (12052520, "US", put(f"{COLOR}.sku_img.uri", "elsewhere")),
    (12052522, "US", put(f"{COLOR}", {"id": "100009", "value_id": "10000900", "supplementary_sku_images": [
        {"uri": image_uri(1)}]})),
    (98001004, "VN", put(f"{COLOR}.supplementary_sku_images", [{"uri": image_uri(1)}])),
    (12052104, "US", put("product_attributes", [])),
    (12052240, "US", attribute("42", {"name": "x"})),
    (12052240, "US", attribute("100009", {"name": "a sales attribute"})),
    (12052254, "US", attribute("100000", {"id": "10000000"})),
    (12052246, "US", attribute("100004", {"name": "a"}, {"name": "b"})),
    (12052247, "US", attribute("100001", {"name": "Monsoon"})),
    (12052248, "US", attribute("100004", {})),
    (12052249, "US", attribute("100004", {"name": "ab" * 1001})),
    (12052250, "US", attribute("100004", {"name": "罐子"})),
    (12052935, "US", attribute("100004", {"name": "&lt;b&gt;"})),
    (12052251, "US", attribute("100005", {"name": "Feast"}, {"name": "Feast"})),
    (12052253, "US", attribute("100001", {"id": "10000100"}, {"id": "10000100"})),
    (12052529, "US", attribute("100001", {"id": "42"})),
    (12052256, "US", attribute("100006", {"name": "four"})),
    (12052182, "US", attribute("100002", {"id": "10000200"})),
    (12052183, "US", attribute("100003", {"name": "2000 mAh"})),
    (12052655, "US", put("certifications", [{"id": "42"}])),
    (12052656, "US", put("certifications", [{"id": "7002"}, {"id": "7002"}])),
    (12052650, "US", put("certifications", [{"id": "7002", "images": [{"uri": "elsewhere"}]}])),
    (12052658, "US", put("certifications", [{"id": "7002", "files": [{"id": "1", "name": "a", "format": "PNG"}]}])),
    (12052385, "US", put("certifications", [{"id": "7002", "expiration_date": 1_000_000_000}])),
    (12052128, "US", put("size_chart", {"template": {"id": "42"}})),
    (12052670, "US", put("size_chart", {"image": {"uri": "elsewhere"}})),
    (12052916, "US", put("package_weight.unit", "GRAM")),
    (12052916, "DE", put("package_weight.unit", "POUND")),
    (12052006, "US", put("package_weight.value", "0.5001")),
    (12052006, "US", put("package_weight.value", "1,32")),
    (12052823, "US", put("package_weight.value", "0.000")),
    (12052915, "US", put("package_weight.unit", "POUND")),
    (12019060, "VN", put("package_dimensions.unit", "INCH")),
    (12052005, "US", put("package_dimensions.length", "0")),
    (12052004, "US", put("package_dimensions.width", "wide")),
    (12052003, "US", put("package_dimensions.height", "1.234")),
    (12052916, "US", put("skus.0.sku_weight", {"value": "1", "unit": "STONE"})),
    (12052284, "US", put("manufacturer_ids", ["42"])),
    (12052289, "US", put("responsible_person_ids", ["42"])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "region", "spoil"), SPOILT, ids=[f"{code}-{region}-{n}" for n, (code, region, _) in enumerate(SPOILT)]
)
def test_one_thing_spoilt_is_refused_with_its_code(
    world: World, code: int, region: str, spoil: Callable[[Body], None]
) -> None:
    body = good(world)
    assert codes(world, body, region) == []
    spoil(body)
    assert code in codes(world, body, region)


TAKEN: list[tuple[str, Callable[[Body], None]]] = [
    ("US", put("title", "x")),
    ("BR", put("title", "x y" * 100)),
    ("US", put("package_weight", {"value": "1.25", "unit": "KILOGRAM"})),
    ("MX", put("package_weight", {"value": "125", "unit": "GRAM"})),
    ("US", put("package_dimensions", {"length": "1.25", "width": "2", "height": "3", "unit": "CENTIMETER"})),
    ("DE", put("skus.0.seller_sku", "abc_12-3")),
    ("US", put("skus.0.identifier_code", {"code": "123456789X", "type": "ISBN"})),
    ("US", put("skus.0.identifier_code", {"code": "12345678", "type": "EAN"})),
    ("US", put("skus.0.inventory.0.quantity", 99_999)),
    ("US", attribute("100001", {"id": "10000100"}, {"id": "10000101"})),
    ("US", attribute("100004", {"name": "Zigzag"})),
    ("US", attribute("100006", {"name": "2.5"})),
    ("US", put("skus.0.list_price", {"currency": "USD", "amount": "7600"})),
]


@pytest.mark.parametrize(("region", "change"), TAKEN)
def test_what_is_within_the_limits_is_taken(world: World, region: str, change: Callable[[Body], None]) -> None:
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


def test_an_identifier_can_not_change_once_submitted(world: World) -> None:
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


def test_invite_only_leaf_is_refused_where_the_switch_says_so(world: World) -> None:
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
def test_a_wrong_type_is_the_gateways_to_refuse(world: World, spoil: Callable[[Body], None]) -> None:
    body = good(world)
    check_shape(body)
    spoil(body)
    with pytest.raises(ApiError, match="invalid parameter") as refused:
        check_shape(body)
    assert refused.value.code == 36009004


def test_all_problems_of_a_body_are_known_at_once(world: World) -> None:
    body = {**good(world), "title": "", "main_images": [], "product_attributes": []}
    assert codes(world, body) == [12052261, 12052028, 12052104]


def test_an_unmoved_product_is_as_good_as_its_edit(world: World) -> None:
    _, product, body = next(movable(world, world.shops[0]))
    assert {name: body[name] for name in to_edit(product) if name != "product_attributes"} == {
        name: value for name, value in to_edit(product).items() if name != "product_attributes"
    }
    assert body == edit_body(world, world.shops[0], product)
