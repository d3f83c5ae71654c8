"""Products of any content in the shapes that tiktok_shop/product_shape.py lets through, and what is told of leaves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.unit.relist.validate.cases import BATTERY, CELLS, CUSTOM, LISTED, NUMERIC, VOLUME, attribute, certificate
from tiktok_shop.catalogue import Attribute, Brand, CategoryRules
from tiktok_shop.product_shape import KINDS

BLANK = st.sampled_from((None, "", [], {}))
IDS = st.sampled_from(("1", "2", "3", "11", "21", "900", "901", "902", "7", 7, "x"))
"""Some of them are the catalogue's of cases.py."""
TROUBLESOME = st.sampled_from(
    ("<![x]>", "<![", "<img src='http://['>", "<img src>", "<!", "</", "&#x110000;", "<p", "nan", "-inf", "1e999",
     "0,0", "٣", "½", "\ud83d", "X", "PDF", "KILOGRAM", "INCH", "SHARED", "玻璃", "🔥", "\x00", "!" * 10)
)  # fmt: skip
"""What parsers of HTML, addresses and numbers stumble over."""
TEXTS = st.one_of(st.text(max_size=12), TROUBLESOME, st.lists(TROUBLESOME, max_size=3).map("".join))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), TEXTS)

TREE: dict[str, Any] = {}
for _path in KINDS:
    _place = TREE
    for _name in _path.split("."):
        _place = _place.setdefault(_name, {})


def _object(path: str, below: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {name: _value(f"{path}.{name}" if path else name, each) for name, each in below.items()}
    return st.fixed_dictionaries({}, optional=fields)


def _value(path: str, below: dict[str, Any]) -> st.SearchStrategy[Any]:
    match KINDS[path]:
        case "object":
            return st.one_of(_object(path, below), BLANK)
        case "objects":
            return st.one_of(st.lists(_object(path, below), max_size=2), BLANK)
        case "values":
            return st.one_of(st.lists(SCALARS, max_size=3), BLANK)
        case "value":
            return st.one_of(IDS, SCALARS) if path.endswith("id") else SCALARS


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
