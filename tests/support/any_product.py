"""Products with any content in the shapes that tiktok_shop/product_shape.py accepts, and catalogues of leaves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.validation_cases import BATTERY, CELLS, CUSTOM, LISTED, NUMERIC, VOLUME, attribute, certificate
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules
from tiktok_shop.product_shape import FIELD_KINDS, MAX_NUMBER, ORDER_LIMITS

BLANK = st.sampled_from((None, "", [], {}))
IDS = st.sampled_from(("1", "2", "3", "11", "21", "900", "901", "902", "7", 7, "x"))
"""Some of them are IDs of the catalogue in validation_cases.py."""
TROUBLESOME = st.sampled_from(
    ("<![x]>", "<![", "<img src='http://['>", "<img src>", "<!", "</", "&#x110000;", "<p", "nan", "-inf", "1e999",
     "0,0", "٣", "½", "\ud83d", "X", "PDF", "KILOGRAM", "INCH", "SHARED", "玻璃", "🔥", "\x00", "!" * 10)
)  # fmt: skip
"""Text that often breaks parsers of HTML, addresses and numbers."""
TEXTS = st.one_of(st.text(max_size=12), TROUBLESOME, st.lists(TROUBLESOME, max_size=3).map("".join))
AMOUNTS = st.one_of(TEXTS, st.integers(0, MAX_NUMBER - 1), st.floats(0, MAX_NUMBER - 1))
COUNTS = st.one_of(st.integers(0, MAX_NUMBER - 1), st.sampled_from(("0", " 299", "4001", "٣")))
FLAGS = st.one_of(st.booleans(), st.sampled_from(("true", " False")))
LIMIT = st.fixed_dictionaries({}, optional=dict.fromkeys(ORDER_LIMITS, st.none() | COUNTS))
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "string_list": st.lists(TEXTS, max_size=3),
    "id": st.one_of(IDS, TEXTS, st.integers(1, 2**64 - 1)),
    "id_list": st.lists(IDS | TEXTS, max_size=3),
    "parent": st.one_of(IDS, TEXTS, st.integers(0, 2**64 - 1)),
    "boolean": FLAGS,
    "amount": AMOUNTS,
    "count": COUNTS,
    "limit": COUNTS | LIMIT,
}

TREE: dict[str, Any] = {}
for _path in FIELD_KINDS:
    _place = TREE
    for _name in _path.split("."):
        _place = _place.setdefault(_name, {})


def _object(path: str, below: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {name: _value(f"{path}.{name}" if path else name, each) for name, each in below.items()}
    return st.fixed_dictionaries({}, optional=fields)


def _value(path: str, below: dict[str, Any]) -> st.SearchStrategy[Any]:
    match FIELD_KINDS[path]:
        case "object":
            return st.one_of(_object(path, below), BLANK)
        case "object_list":
            return st.one_of(st.lists(_object(path, below), max_size=2), BLANK)
        case kind:
            return st.one_of(SHAPES[kind], BLANK)


any_products = _object("", TREE)
any_regions = st.sampled_from(("US", "VN", "DE", "JP", "BR"))
any_rules = st.sampled_from(
    (
        CategoryRules(),
        certificate(needs_expiry=True),
        CategoryRules(
            size_chart_required=True,
            package_dimension_required=True,
            epr_required=True,
            responsible_person_required=True,
            manufacturer_required=True,
            seller_sku_required=True,
            required_fees=("PFAND",),
        ),
    )
)
any_attributes: st.SearchStrategy[tuple[Attribute, ...]] = st.sampled_from(
    ((), (LISTED, BATTERY, CELLS), (CUSTOM,), (NUMERIC, CELLS), (VOLUME,), (attribute(is_required=True),))
)
any_brands = st.sampled_from((None, Brand("1", "Big", True, True, False), Brand("2", "Small", False, False)))
