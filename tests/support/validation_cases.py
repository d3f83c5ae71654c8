"""A case for every platform rule that can be checked before an edit: a body that breaks it, and one that just passes.

Sources: section 8 of the platform facts, the field descriptions of the Edit Product schema, the error table.
"""
# ruff: noqa: E501 - a table reads best with one rule a line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.outcome import Reason
from relisting.validate import validate
from relisting.validate.codes import Code
from tiktok_shop.catalogue import Attribute, AttributeValue, Brand, CategoryRules, Certification
from tiktok_shop.catalogue import RequirementCondition as Condition

LENIENT_RULES = CategoryRules(cod_supported=True)
IMAGE = {"uri": "u"}


@dataclass(frozen=True)
class Listing:
    """Input of a validation: the edit's body, its leaf, and the catalogue's data for that leaf."""

    body: Mapping[str, Any] = field(default_factory=dict)
    region: str = "US"
    rules: CategoryRules = LENIENT_RULES
    attributes: tuple[Attribute, ...] = ()
    brand: Brand | None = None
    brand_unknown: bool = False
    product: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole_body(self) -> dict[str, Any]:
        return {**GOOD_BODY, **self.body}


@dataclass(frozen=True)
class Case:
    rule: str
    code: Code
    fails: Listing
    passes: Listing


GOOD_BODY: dict[str, Any] = {
    "title": "A jar of glass with a lid of wood",
    "description": "<p>A jar</p>",
    "main_images": [IMAGE],
    "skus": [{"id": "1"}],
}


def reasons_of(listing: Listing) -> tuple[Reason, ...]:
    return validate(
        listing.whole_body,
        listing.region,
        listing.rules,
        listing.attributes,
        listing.brand,
        product=listing.product,
        brand_unknown=listing.brand_unknown,
    )


def body(region: str = "US", /, **fields: Any) -> Listing:
    return Listing(fields, region)


def sku(region: str = "US", /, **fields: Any) -> Listing:
    return Listing({"skus": [{"id": "1", **fields}]}, region)


def skus(*given: Mapping[str, Any], region: str = "US") -> Listing:
    return Listing({"skus": [{"id": str(number), **each} for number, each in enumerate(given)]}, region)


def variants(*sales_attributes: list[dict[str, Any]]) -> Listing:
    return skus(*({"sales_attributes": each} for each in sales_attributes))


def under(rules: CategoryRules, **fields: Any) -> Listing:
    return Listing(fields, rules=rules)


def attribute(identity: str = "1", name: str = "Material", **fields: Any) -> Attribute:
    flags = {"is_required": False, "is_customizable": False, "is_multiple_selection": False}
    return Attribute(identity, name, fields.pop("type", "PRODUCT_PROPERTY"), **{**flags, **fields})


COTTON, WOOL = AttributeValue("11", "Cotton"), AttributeValue("12", "Wool")
CUSTOM = attribute(is_customizable=True)
NUMERIC = attribute(is_customizable=True, value_format="POSITIVE_INT_OR_DECIMAL")
LISTED = attribute(values=(COTTON, WOOL))
BATTERY = attribute("2", "Battery", values=(AttributeValue("21", "Yes"), AttributeValue("22", "No")))
CELLS = attribute("3", "Cells", is_customizable=True, conditions=(Condition("2", "21"),))
VOLUME = attribute(
    metric_standards=(
        {"id": "900", "metric_value_modules": [
            {"id": "901", "units": [{"id": "902", "name": "ml"}],
             "value_limit": {"num_limit": {"min_value": "1", "max_value": "5000"}}}]},
    )
)  # fmt: skip


def values(of: Attribute, *given: dict[str, Any], also: tuple[Attribute, ...] = (), region: str = "US") -> Listing:
    attributes = [{"id": of.id, "values": list(given)}] if given else []
    return Listing({"product_attributes": attributes}, region, attributes=(of, *also))


def battery(answer: str, *cells: dict[str, Any]) -> Listing:
    given = [{"id": "2", "values": [{"id": answer}]}, *([{"id": "3", "values": list(cells)}] if cells else [])]
    return Listing({"product_attributes": given}, attributes=(BATTERY, CELLS))


def measured(value: str) -> Listing:
    info = {"id": "900", "metric_value_module_infos": [{"id": "901", "value": value, "unit_id": "902"}]}
    return values(VOLUME, {"metric_standard_info": info})


def brand(*, authorized: bool, t1: bool, available: bool | None = None) -> Listing:
    return Listing({"brand_id": "5"}, brand=Brand("5", "Big", authorized, t1, available))


def chart(required: bool) -> CategoryRules:
    return CategoryRules(size_chart_required=required)


def certificate(needs_expiry: bool = False) -> CategoryRules:
    return CategoryRules(certifications=(Certification("7", "CE", True, needs_expiration_date=needs_expiry),))


def weight(value: str, unit: str, region: str = "US") -> Listing:
    return body(region, package_weight={"value": value, "unit": unit})


def sizes(region: str = "US", /, **given: str) -> Listing:
    return body(
        region, package_dimensions={"length": "10", "width": "10", "height": "10", "unit": "CENTIMETER", **given}
    )


def described(tag: str) -> Listing:
    return body(description=f"<p>A jar</p>{tag}")


def code(kind: str, digits: str) -> dict[str, Any]:
    return {"identifier_code": {"type": kind, "code": digits}}


PICTURE = '<img src="https://p16-oec-va.ibyteimg.com/x" width="{}" height="100">'
RED = {"id": "100", "name": "Color", "value_id": "1", "value_name": "Red"}
BLUE = {"id": "100", "name": "Color", "value_id": "2", "value_name": "Blue"}
SMALL = {"id": "101", "name": "Size", "value_id": "3", "value_name": "S"}

CASES: tuple[Case, ...] = (
    # --- texts ---
    Case("a title is not empty", Code.TITLE_EMPTY, body(title=" "), body(title="J")),
    Case("a title has at most 255 characters", Code.TITLE_TOO_LONG, body(title="ab" * 128), body(title="ab" * 127)),
    Case("a title in Brazil and Mexico has at most 300", Code.TITLE_TOO_LONG, body("BR", title="ab" * 151), body("MX", title="ab" * 150)),
    Case("a title in other markets has at least 25", Code.TITLE_TOO_SHORT, body("VN", title="ab" * 12), body("VN", title="ab" * 13)),
    Case("a title has no Chinese characters", Code.TITLE_CHINESE, body(title="A jar 玻璃"), body(title="Ein Glas, schön")),
    Case("a Japanese title may have Han characters", Code.TITLE_CHINESE, body(title="硝子の瓶"), body("JP", title="硝子の瓶")),
    Case("a title has no HTML escapes", Code.TITLE_FORMAT, body(title="Jar &amp; lid"), body(title="Jar & lid")),
    Case("a title has no emoji", Code.TITLE_FORMAT, body(title="Jar 🔥"), body(title="Jar™ 5°")),
    Case("a title has no control characters", Code.TITLE_FORMAT, body(title="Jar\twith lid"), body(title="Jar with lid")),
    Case("a title is not only symbols", Code.TITLE_FORMAT, body(title="*** !!!"), body(title="*** 5 !!!")),
    Case("a title repeats no character ten times", Code.TITLE_FORMAT, body(title="Jar" + "!" * 10), body(title="Jar" + "!" * 9)),
    Case("a description is not empty", Code.DESCRIPTION_EMPTY, body(description="<p> </p>"), body(description="<p>A</p>")),
    Case("a description has at most 10,000 characters", Code.DESCRIPTION_TOO_LONG, body(description="a" * 10_001), body(description="a" * 10_000)),
    Case("a description has no Chinese characters", Code.DESCRIPTION_CHINESE, body(description="<p>玻璃</p>"), body(description="<p>Glas</p>")),
    Case("a description has no control characters", Code.DESCRIPTION_FORMAT, body(description="A\x00jar"), body(description="A\njar")),
    Case("a description has at most 30 images", Code.DESCRIPTION_IMAGES, described(PICTURE.format(9) * 31), described(PICTURE.format(9) * 30)),
    Case("a description image has a src", Code.DESCRIPTION_IMAGE_TAG, described("<img width='9' height='9'>"), described("<img src='https://x'>")),
    Case("a description image is smaller than 4,000 pixels", Code.DESCRIPTION_IMAGE_TOO_BIG, described(PICTURE.format(4000)), described(PICTURE.format(3999))),
    Case("a product has a main image", Code.MAIN_IMAGE_MISSING, body(main_images=[]), body(main_images=[IMAGE])),
    Case("a product has at most 9 main images", Code.MAIN_IMAGES_TOO_MANY, body(main_images=[IMAGE] * 10), body(main_images=[IMAGE] * 9)),
    Case("a main image has at least 300 pixels", Code.MAIN_IMAGE_TOO_SMALL,
         Listing(product={"main_images": [{"uri": "u", "width": 299, "height": 600}]}),
         Listing(product={"main_images": [{"uri": "u", "width": 300, "height": 600}]})),
    Case("a main image has at most 4,000 pixels", Code.MAIN_IMAGE_TOO_BIG,
         Listing(product={"main_images": [{"uri": "u", "width": 600, "height": 4001}]}),
         Listing(product={"main_images": [{"uri": "u", "width": 600, "height": 4000}]})),
    Case("at most 15 search terms", Code.SEARCH_TERMS, body(search_terms=["a"] * 16), body(search_terms=["a"] * 15)),
    Case("search terms have at most 250 characters in total", Code.SEARCH_TERMS, body(search_terms=["a" * 126] * 2), body(search_terms=["a" * 125] * 2)),
    Case("at most 5 key features", Code.KEY_FEATURES, body(key_product_features=["a"] * 6), body(key_product_features=["a"] * 5)),
    Case("key features have at most 1,500 characters in total", Code.KEY_FEATURES, body(key_product_features=["a" * 1501]), body(key_product_features=["a" * 1500])),
    Case("an external id has at most 999 characters", Code.EXTERNAL_ID, body(external_product_id="1" * 1000), body(external_product_id="1" * 999)),
    Case("a variant's external id has at most 999 characters", Code.EXTERNAL_ID, sku(external_sku_id="1" * 1000), sku(external_sku_id="1" * 999)),
    # --- attributes ---
    Case("a required attribute has a value", Code.ATTRIBUTE_REQUIRED,
         values(attribute(is_required=True, values=(COTTON,))), values(attribute(is_required=True, values=(COTTON,)), {"id": "11"})),
    Case("variant attributes are never required", Code.ATTRIBUTE_REQUIRED,
         values(attribute(is_required=True)), values(attribute(is_required=True, type="SALES_PROPERTY"))),
    Case("a conditionally required attribute has a value", Code.ATTRIBUTE_REQUIRED_BY_OTHER, battery("21"), battery("21", {"name": "4"})),
    Case("an attribute is empty while its condition does not hold", Code.ATTRIBUTE_MUST_BE_EMPTY, battery("22", {"name": "4"}), battery("22")),
    Case("an attribute belongs to the category", Code.ATTRIBUTE_NOT_OF_CATEGORY,
         Listing({"product_attributes": [{"id": "404", "values": [{"id": "1"}]}]}, attributes=(LISTED,)), values(LISTED, {"id": "11"})),
    Case("an attribute appears once", Code.ATTRIBUTE_TWICE,
         Listing({"product_attributes": [{"id": "1", "values": [{"id": "11"}]}] * 2}, attributes=(LISTED,)), values(LISTED, {"id": "11"})),
    Case("several values only for multi-select attributes", Code.ATTRIBUTE_ONE_VALUE,
         values(LISTED, {"id": "11"}, {"id": "12"}),
         values(attribute(values=(COTTON, WOOL), is_multiple_selection=True), {"id": "11"}, {"id": "12"})),
    Case("custom values only where allowed", Code.ATTRIBUTE_NO_CUSTOM_VALUE, values(LISTED, {"name": "Silk"}), values(CUSTOM, {"name": "Silk"})),
    Case("a value's id is listed", Code.VALUE_UNKNOWN, values(LISTED, {"id": "99"}), values(LISTED, {"id": "12"})),
    Case("a value has an id or a name", Code.VALUE_EMPTY, values(CUSTOM, {"name": " "}), values(CUSTOM, {"name": "S"})),
    Case("a value has at most 2,000 characters", Code.VALUE_TOO_LONG, values(CUSTOM, {"name": "ab" * 1001}), values(CUSTOM, {"name": "ab" * 1000})),
    Case("a value has no Chinese characters", Code.VALUE_CHINESE, values(CUSTOM, {"name": "玻璃"}), values(CUSTOM, {"name": "Glas"})),
    Case("a value follows the format rules", Code.VALUE_FORMAT, values(CUSTOM, {"name": "Silk 🔥"}), values(CUSTOM, {"name": "Silk"})),
    Case("no custom value twice", Code.VALUE_TWICE,
         values(attribute(is_customizable=True, is_multiple_selection=True), {"name": "a"}, {"name": "a"}),
         values(attribute(is_customizable=True, is_multiple_selection=True), {"name": "a"}, {"name": "b"})),
    Case("no value id twice", Code.VALUE_ID_TWICE,
         values(attribute(values=(COTTON, WOOL), is_multiple_selection=True), {"id": "11"}, {"id": "11"}),
         values(attribute(values=(COTTON, WOOL), is_multiple_selection=True), {"id": "11"}, {"id": "12"})),
    Case("a numeric attribute has a number", Code.VALUE_NOT_NUMERIC, values(NUMERIC, {"name": "four"}), values(NUMERIC, {"name": "4.5"})),
    Case("a numeric value is above zero", Code.VALUE_NOT_NUMERIC, values(NUMERIC, {"name": "0.0"}), values(NUMERIC, {"name": "0.1"})),
    Case("a measured value is within its limits", Code.VALUE_MEASURE, measured("5001"), measured("5000")),
    # --- brand ---
    Case("a T1 brand needs an authorisation", Code.BRAND_NOT_AUTHORISED, brand(authorized=False, t1=True), brand(authorized=False, t1=False)),
    Case("an authorised brand is available in the category", Code.BRAND_NOT_IN_CATEGORY,
         brand(authorized=True, t1=True, available=False), brand(authorized=True, t1=True, available=True)),
    Case("an unknown brand would be cleared", Code.BRAND_UNKNOWN,
         Listing({"brand_id": "5"}, brand_unknown=True), Listing(brand_unknown=True)),
    # --- category rules ---
    Case("a required certificate is present", Code.CERTIFICATION_REQUIRED, under(certificate()), under(certificate(), certifications=[{"id": "7", "images": [IMAGE]}])),
    Case("a required certificate has an image or a file", Code.CERTIFICATION_REQUIRED,
         under(certificate(), certifications=[{"id": "7"}]), under(certificate(), certifications=[{"id": "7", "files": [{"id": "f"}]}])),
    Case("a certificate may be required by an attribute value", Code.CERTIFICATION_REQUIRED,
         Listing({"product_attributes": [{"id": "1", "values": [{"id": "11"}]}]}, attributes=(LISTED,),
                 rules=CategoryRules(certifications=(Certification("7", "CE", False, (Condition("1", "11"),)),))),
         Listing({"product_attributes": [{"id": "1", "values": [{"id": "12"}]}]}, attributes=(LISTED,),
                 rules=CategoryRules(certifications=(Certification("7", "CE", False, (Condition("1", "11"),)),)))),
    Case("a certificate has an expiry date if required", Code.CERTIFICATION_EXPIRY,
         under(certificate(True), certifications=[{"id": "7", "images": [IMAGE]}]),
         under(certificate(True), certifications=[{"id": "7", "images": [IMAGE], "expiration_date": 1741234626}])),
    Case("no certificate twice", Code.CERTIFICATION_TWICE, body(certifications=[{"id": "7"}, {"id": "7"}]), body(certifications=[{"id": "7"}, {"id": "8"}])),
    Case("at most 10 certificates", Code.CERTIFICATIONS_TOO_MANY,
         body(certifications=[{"id": str(n)} for n in range(11)]), body(certifications=[{"id": str(n)} for n in range(10)])),
    Case("certificate files are PDF", Code.CERTIFICATION_FILE,
         body(certifications=[{"id": "7", "files": [{"id": "f", "format": "DOC"}]}]), body(certifications=[{"id": "7", "files": [{"id": "f", "format": "PDF"}]}])),
    Case("a required size chart is present", Code.SIZE_CHART_REQUIRED, under(chart(True)), under(chart(True), size_chart={"template": {"id": "1"}})),
    Case("cash on delivery only where supported", Code.COD_NOT_SUPPORTED,
         under(CategoryRules(cod_supported=False), is_cod_allowed=True), under(CategoryRules(cod_supported=True), is_cod_allowed=True)),
    Case("a required manufacturer is present", Code.MANUFACTURER_REQUIRED,
         under(CategoryRules(manufacturer_required=True)), under(CategoryRules(manufacturer_required=True), manufacturer_ids=["1"])),
    Case("no manufacturer twice", Code.MANUFACTURER_TWICE, body(manufacturer_ids=["1", "1"]), body(manufacturer_ids=["1", "2"])),
    Case("a required responsible person is present", Code.RESPONSIBLE_PERSON_REQUIRED,
         under(CategoryRules(responsible_person_required=True)), under(CategoryRules(responsible_person_required=True), responsible_person_ids=["1"])),
    Case("no responsible person twice", Code.RESPONSIBLE_PERSON_TWICE, body(responsible_person_ids=["1", "1"]), body(responsible_person_ids=["1", "2"])),
    Case("a required fee is on each variant", Code.FEE_REQUIRED,
         under(CategoryRules(required_fees=("PFAND",))),
         under(CategoryRules(required_fees=("PFAND",)), skus=[{"id": "1", "fees": [{"type": "PFAND", "amount": "0.25"}]}])),
    Case("special product types only where allowed", Code.SPECIAL_TYPE_NOT_ALLOWED,
         sku(pre_sale={"type": "PRE_ORDER"}),
         Listing({"skus": [{"id": "1", "pre_sale": {"type": "PRE_ORDER"}}]}, rules=CategoryRules(allowed_special_product_types=("PRE_ORDER",)))),
    Case("a category change is synchronised to replicas", Code.REPLICAS_NOT_SYNCHRONISED,
         Listing({"category_id": "6"}, product={"is_replicated": True, "category_chains": [{"id": "5"}]}),
         Listing({"category_id": "5"}, product={"is_replicated": True, "category_chains": [{"id": "5"}]})),
    # --- package ---
    Case("required dimensions are present", Code.DIMENSIONS,
         under(CategoryRules(package_dimension_required=True)),
         under(CategoryRules(package_dimension_required=True), package_dimensions={"length": "1", "width": "1", "height": "1", "unit": "CENTIMETER"})),
    Case("dimensions add up to at most 160 cm", Code.DIMENSIONS, sizes(length="140.1"), sizes(length="140")),
    Case("inches count as centimetres", Code.DIMENSIONS, sizes(length="44", unit="INCH"), sizes(length="42", unit="INCH")),
    Case("a length is a number above zero", Code.LENGTH_MALFORMED, sizes(length="0"), sizes(length="1")),
    Case("a length has at most two decimals", Code.LENGTH_MALFORMED, sizes(length="1.234"), sizes(length="1.23")),
    Case("a width is a number above zero", Code.WIDTH_MALFORMED, sizes(width="wide"), sizes(width="10")),
    Case("a height is a number above zero", Code.HEIGHT_MALFORMED, sizes(height=""), sizes(height="10.5")),
    Case("inches only in the United States", Code.INCH_NOT_IN_REGION, sizes("GB", unit="INCH"), sizes("US", unit="INCH")),
    Case("no other unit of length is accepted", Code.UNIT_NOT_IN_REGION, sizes(unit="METER"), sizes(unit="CENTIMETER")),
    Case("kilograms have at most 3 decimals", Code.WEIGHT_MALFORMED, weight("1.2345", "KILOGRAM"), weight("1.234", "KILOGRAM")),
    Case("pounds have at most 2 decimals", Code.WEIGHT_MALFORMED, weight("1.234", "POUND"), weight("1.23", "POUND")),
    Case("grams are whole numbers", Code.WEIGHT_MALFORMED, weight("1.5", "GRAM", "BR"), weight("15", "GRAM", "BR")),
    Case("a weight is above zero", Code.WEIGHT_ZERO, weight("0.00", "KILOGRAM"), weight("0.01", "KILOGRAM")),
    Case("pounds only in the United States", Code.POUND_NOT_IN_REGION, weight("1", "POUND", "MX"), weight("1", "POUND")),
    Case("grams only in Brazil, Japan and Mexico", Code.UNIT_NOT_IN_REGION, weight("100", "GRAM", "US"), weight("100", "GRAM", "JP")),
    Case("weight and dimensions use one system", Code.UNITS_MIXED,
         body(package_weight={"value": "1", "unit": "POUND"}, package_dimensions={"length": "1", "width": "1", "height": "1", "unit": "CENTIMETER"}),
         body(package_weight={"value": "1", "unit": "POUND"}, package_dimensions={"length": "1", "width": "1", "height": "1", "unit": "INCH"})),
    Case("a variant's weight follows the same rules", Code.WEIGHT_ZERO,
         sku(sku_weight={"value": "0", "unit": "KILOGRAM"}), sku(sku_weight={"value": "0.2", "unit": "KILOGRAM"})),
    # --- variants ---
    Case("a product has a variant", Code.SKUS_EMPTY, skus(), skus({})),
    Case("at most 300 variants in large markets", Code.SKUS_TOO_MANY, skus(*[{}] * 301), skus(*[{}] * 300)),
    Case("at most 100 variants elsewhere", Code.SKUS_TOO_MANY, skus(*[{}] * 101, region="VN"), skus(*[{}] * 100, region="VN")),
    Case("no variant id twice", Code.SKU_TWICE, body(skus=[{"id": "1"}, {"id": "1"}]), body(skus=[{"id": "1"}, {"id": "2"}])),
    Case("a seller SKU has at most 50 characters", Code.SELLER_SKU_TOO_LONG, sku(seller_sku="a" * 51), sku(seller_sku="a" * 50)),
    Case("a seller SKU has no spaces", Code.SELLER_SKU_FORMAT, sku(seller_sku="a b"), sku(seller_sku="a.b/ü")),
    Case("a seller SKU in the EU has 6 to 50 characters", Code.SELLER_SKU_FORMAT, sku("DE", seller_sku="abc-5"), sku("DE", seller_sku="abc-56")),
    Case("a seller SKU in the EU has letters, digits, - and _", Code.SELLER_SKU_FORMAT, sku("FR", seller_sku="abc.567"), sku("GB", seller_sku="abc.567")),
    Case("a required seller SKU is present", Code.SELLER_SKU_REQUIRED,
         under(CategoryRules(seller_sku_required=True)), under(CategoryRules(seller_sku_required=True), skus=[{"id": "1", "seller_sku": "a"}])),
    Case("a GTIN has 14 digits", Code.IDENTIFIER_LENGTH, sku(**code("GTIN", "1" * 13)), sku(**code("GTIN", "1" * 14))),
    Case("an EAN has 8, 13 or 14 digits", Code.IDENTIFIER_LENGTH, sku(**code("EAN", "1" * 12)), sku(**code("EAN", "1" * 8))),
    Case("a UPC has 12 digits", Code.IDENTIFIER_LENGTH, sku(**code("UPC", "1" * 11)), sku(**code("UPC", "1" * 12))),
    Case("an ISBN has 13 digits, or 9 and X", Code.IDENTIFIER_LENGTH, sku(**code("ISBN", "1" * 11)), sku(**code("ISBN", "1" * 9 + "X"))),
    Case("a JAN has 8 or 13 digits", Code.IDENTIFIER_LENGTH, sku(**code("JAN", "1" * 14)), sku(**code("JAN", "1" * 13))),
    Case("an identifier has digits only", Code.IDENTIFIER_LENGTH, sku(**code("UPC", "12345678901A")), sku(**code("UPC", "123456789012"))),
    Case("X is the last character of an ISBN", Code.IDENTIFIER_ISBN, sku(**code("ISBN", "X" + "1" * 9)), sku(**code("ISBN", "1" * 9 + "X"))),
    Case("an identifier has a type", Code.IDENTIFIER_TYPE, sku(**code("", "1" * 14)), sku(**code("GTIN", "1" * 14))),
    Case("no identifier twice", Code.IDENTIFIER_TWICE, skus(code("UPC", "1" * 12), code("UPC", "1" * 12)), skus(code("UPC", "1" * 12), code("UPC", "2" * 12))),
    Case("a list price is at least 0.01", Code.LIST_PRICE, sku(list_price={"amount": "0"}), sku(list_price={"amount": "0.01"})),
    Case("a list price is a number", Code.LIST_PRICE, sku(list_price={"amount": ["1"]}), sku(list_price={"amount": "1"})),
    Case("a list price is at most 7,600", Code.LIST_PRICE_TOO_HIGH, sku(list_price={"amount": "7600.01"}), sku(list_price={"amount": "7600"})),
    Case("at most 3 sales attributes", Code.SALES_ATTRIBUTES_TOO_MANY,
         variants([{"id": str(n), "value_id": "1"} for n in range(4)]), variants([{"id": str(n), "value_id": "1"} for n in range(3)])),
    Case("all variants have the same sales attributes", Code.SALES_ATTRIBUTES_DIFFER, variants([RED], [BLUE, SMALL]), variants([RED, SMALL], [BLUE, SMALL])),
    Case("no two variants are equal", Code.SALES_ATTRIBUTES_REPEATED, variants([RED], [RED]), variants([RED], [BLUE])),
    Case("a custom sales attribute has at most 20 characters", Code.SALES_ATTRIBUTE_NAME_TOO_LONG,
         variants([{"name": "ab" * 11, "value_name": "x"}]), variants([{"name": "ab" * 10, "value_name": "x"}])),
    Case("a custom sales attribute follows the format rules", Code.SALES_ATTRIBUTE_NAME_FORMAT,
         variants([{"name": "Size 🔥", "value_name": "x"}]), variants([{"name": "Size", "value_name": "x"}])),
    Case("a custom variant value has at most 50 characters", Code.SALES_VALUE_TOO_LONG,
         variants([{"id": "100", "value_name": "ab" * 26}]), variants([{"id": "100", "value_name": "ab" * 25}])),
    Case("a custom variant value follows the format rules", Code.SALES_VALUE_FORMAT,
         variants([{"id": "100", "value_name": "Red&nbsp;"}]), variants([{"id": "100", "value_name": "Red"}])),
    Case("images on one sales attribute only", Code.VARIANT_IMAGES_ON_TWO,
         variants([{**RED, "sku_img": IMAGE}, {**SMALL, "sku_img": IMAGE}]), variants([{**RED, "sku_img": IMAGE}, SMALL])),
    Case("at most 8 additional images", Code.MORE_VARIANT_IMAGES_TOO_MANY,
         variants([{**RED, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE] * 9}]),
         variants([{**RED, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE] * 8}])),
    Case("additional images need a main image", Code.MORE_VARIANT_IMAGES_ALONE,
         variants([{**RED, "supplementary_sku_images": [IMAGE]}]),
         variants([{**RED, "sku_img": IMAGE, "supplementary_sku_images": [IMAGE]}])),
)  # fmt: skip
