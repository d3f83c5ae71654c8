"""Boundary cases of the rules in validation_cases.py."""
# ruff: noqa: E501 - a table reads best with one rule a line

from __future__ import annotations

from dataclasses import replace

from relisting.validate.codes import Code
from tests.support.validation_cases import (
    BATTERY,
    BLUE,
    CELLS,
    CUSTOM,
    IMAGE,
    LISTED,
    NUMERIC,
    PICTURE,
    RED,
    SMALL,
    Case,
    Listing,
    attribute,
    body,
    brand,
    certificate,
    code,
    described,
    sizes,
    sku,
    skus,
    under,
    values,
    variants,
    weight,
)
from tiktok_shop.catalogue import Brand, CategoryRules, Certification
from tiktok_shop.catalogue import RequirementCondition as Condition

SEVERAL = attribute(is_customizable=True, is_multiple_selection=True, values=LISTED.values)
ALWAYS = replace(CELLS, is_required=True)
EITHER = CategoryRules(certifications=(Certification("7", "CE", False, (Condition("1", "11"), Condition("1", "12"))),))
OPTIONAL_EXPIRY = CategoryRules(certifications=(Certification("7", "CE", False, needs_expiration_date=True),))
PFAND = CategoryRules(required_fees=("PFAND",))
PRE_ORDER = CategoryRules(allowed_special_product_types=("PRE_ORDER",))
CHAIN = [{"id": "1"}, {"id": "5"}]
METRIC, IMPERIAL = {"value": "1", "unit": "KILOGRAM"}, {"length": "1", "width": "1", "height": "1", "unit": "INCH"}


def image(**size: object) -> Listing:
    return Listing(product={"main_images": [{"uri": "a", "width": 600, "height": 600}, {"uri": "b", **size}]})


def fees(*types: str) -> Listing:
    return Listing({"skus": [{"id": "1", "fees": [{"type": each} for each in types]}]}, rules=PFAND)


def of_two(first: str, second: str) -> Listing:
    """The files of two certificates."""
    files = [{"id": "f", "format": first}, {"id": "g", "format": second}]
    return body(certifications=[{"id": "7", "files": files}])


def battery_required(*cells: str) -> Listing:
    given = [{"id": "2", "values": [{"id": "22"}]}, {"id": "3", "values": [{"name": each} for each in cells]}]
    return Listing({"product_attributes": given}, attributes=(BATTERY, ALWAYS))


FINER: tuple[Case, ...] = (
    # --- texts ---
    Case("a title of exactly 255 passes", Code.TITLE_TOO_LONG, body(title="ab" * 128), body(title="ab" * 127 + "a")),
    Case("a title of exactly 25 passes", Code.TITLE_TOO_SHORT, body("ID", title="ab" * 12), body("ID", title="ab" * 12 + "a")),
    Case("a description may be one image", Code.DESCRIPTION_EMPTY, body(description="<b></b>"), body(description="<img src='https://x'>")),
    Case("an unknown marked section is ignored", Code.DESCRIPTION_EMPTY, body(description="<p></p><![x]>"), body(description="<![x]><p>A</p>")),
    Case("height counts, also with a unit", Code.DESCRIPTION_IMAGE_TOO_BIG,
         described("<img src='x' width='9' height=' 4000PX '>"), described("<img src='x' width='100%' height='3999px'>")),
    Case("a width of ten digits is ignored", Code.DESCRIPTION_IMAGE_TOO_BIG,
         described("<img src='x' width='999999999'>"), described("<img src='x' width='9999999999'>")),
    Case("one image without src breaks the rule", Code.DESCRIPTION_IMAGE_TAG, described(PICTURE.format(9) + "<img>"), described(PICTURE.format(9))),
    Case("one image without height breaks the rule", Code.DESCRIPTION_IMAGE_TAG, described(PICTURE.format(9) + "<img src='https://x' width='9'>"), described(PICTURE.format(9) * 2)),
    Case("a src without an address is not an image", Code.DESCRIPTION_IMAGE_TAG, described("<img src>"), described("<img src='https://x' width='9' height='9'>")),
    Case("a Japanese description may have Han characters", Code.DESCRIPTION_CHINESE, body(description="硝子"), body("JP", description="硝子")),
    Case("251 characters of search terms break the rule", Code.SEARCH_TERMS, body(search_terms=["a" * 126, "a" * 125]), body(search_terms=["a" * 125] * 2)),
    Case("tabs and returns are allowed in a description", Code.DESCRIPTION_FORMAT, body(description="A\x1fjar"), body(description="A\r\n\tjar")),
    Case("every main image is checked", Code.MAIN_IMAGE_TOO_SMALL, image(width=600, height=299), image(width=600, height=300)),
    Case("an unknown image size passes", Code.MAIN_IMAGE_TOO_SMALL, image(height=299), image(height=0)),
    Case("both sides of a main image are checked", Code.MAIN_IMAGE_TOO_BIG, image(width=4001, height=600), image(width=4000, height=600)),
    # --- attributes ---
    Case("a variant attribute is not a product attribute", Code.ATTRIBUTE_NOT_OF_CATEGORY,
         values(attribute(type="SALES_PROPERTY", values=LISTED.values), {"id": "11"}), values(LISTED, {"id": "11"})),
    Case("a required attribute needs no condition", Code.ATTRIBUTE_MUST_BE_EMPTY,
         Listing({"product_attributes": [{"id": "3", "values": [{"name": "4"}]}]}, attributes=(BATTERY, CELLS)), battery_required("4")),
    Case("a missing attribute is reported once", Code.ATTRIBUTE_REQUIRED_BY_OTHER,
         Listing({"product_attributes": [{"id": "2", "values": [{"id": "21"}]}]}, attributes=(BATTERY, CELLS)),
         Listing({"product_attributes": [{"id": "2", "values": [{"id": "21"}]}]}, attributes=(BATTERY, ALWAYS))),
    Case("listed values are compared by id", Code.VALUE_TWICE,
         values(SEVERAL, {"name": "a"}, {"name": "a"}), values(SEVERAL, {"id": "11", "name": "a"}, {"id": "12", "name": "a"})),
    Case("a custom value may equal a listed name", Code.VALUE_TWICE,
         values(SEVERAL, {"name": "a"}, {"name": "b"}, {"name": "a"}), values(SEVERAL, {"id": "11", "name": "a"}, {"name": "a"})),
    Case("a customizable list still has fixed ids", Code.VALUE_UNKNOWN, values(SEVERAL, {"id": "99"}), values(SEVERAL, {"id": "11"})),
    Case("every value is checked", Code.VALUE_EMPTY, values(SEVERAL, {"id": "11"}, {}), values(SEVERAL, {"id": "11"}, {"name": "a"})),
    Case("a number has no other characters", Code.VALUE_NOT_NUMERIC, values(NUMERIC, {"name": "4 "}), values(NUMERIC, {"name": "4"})),
    Case("a number does not end with a point", Code.VALUE_NOT_NUMERIC, values(NUMERIC, {"name": "4."}), values(NUMERIC, {"name": "0.25"})),
    Case("a Japanese value may have Han characters", Code.VALUE_CHINESE, values(CUSTOM, {"name": "硝子"}), values(CUSTOM, {"name": "硝子"}, region="JP")),
    # --- brand ---
    Case("a brand unknown to the catalogue may still exist", Code.BRAND_UNKNOWN, Listing({"brand_id": "5"}, brand_unknown=True), Listing({"brand_id": "5"})),
    Case("an authorised T1 brand passes", Code.BRAND_NOT_AUTHORISED, brand(authorized=False, t1=True, available=True), brand(authorized=True, t1=True)),
    Case("without category data any brand is accepted", Code.BRAND_NOT_IN_CATEGORY,
         Listing({"brand_id": "5"}, brand=Brand("5", "B", True, False, False)), Listing({"brand_id": "5"}, brand=Brand("5", "B", True, False))),
    Case("an unauthorised brand that is not T1 passes", Code.BRAND_NOT_IN_CATEGORY,
         brand(authorized=True, t1=False, available=False), brand(authorized=False, t1=False, available=False)),
    # --- category rules ---
    Case("one condition of several is enough for a certificate", Code.CERTIFICATION_REQUIRED,
         Listing({"product_attributes": [{"id": "1", "values": [{"id": "99"}, {"id": "12"}]}]}, rules=EITHER),
         Listing({"product_attributes": [{"id": "2", "values": [{"id": "12"}]}]}, rules=EITHER)),
    Case("an optional certificate may be missing", Code.CERTIFICATION_EXPIRY,
         under(OPTIONAL_EXPIRY, certifications=[{"id": "7", "files": [{"id": "f"}]}]), under(OPTIONAL_EXPIRY)),
    Case("another certificate's files do not count", Code.CERTIFICATION_REQUIRED,
         under(certificate(), certifications=[{"id": "8", "images": [IMAGE]}]), under(certificate(), certifications=[{"id": "8"}, {"id": "7", "images": [IMAGE]}])),
    Case("every file is checked, whatever the case of PDF", Code.CERTIFICATION_FILE, of_two("PDF", "JPG"), of_two("pdf", "")),
    Case("cash on delivery off passes everywhere", Code.COD_NOT_SUPPORTED,
         under(CategoryRules(), is_cod_allowed=True), under(CategoryRules(), is_cod_allowed=False)),
    Case("every required fee is checked", Code.FEE_REQUIRED, fees("EPR"), fees("EPR", "PFAND")),
    Case("a normal variant needs no permission", Code.SPECIAL_TYPE_NOT_ALLOWED,
         Listing({"skus": [{"id": "1", "pre_sale": {"type": "MADE_TO_ORDER"}}]}, rules=PRE_ORDER), sku(pre_sale={"type": "NONE"})),
    Case("a pre-sale without type needs no permission", Code.SPECIAL_TYPE_NOT_ALLOWED, sku(pre_sale={"type": "PRE_ORDER"}), sku(pre_sale={"fulfillment_type": {}})),
    Case("a product without replicas may move", Code.REPLICAS_NOT_SYNCHRONISED,
         Listing({"category_id": "6"}, product={"is_replicated": True, "category_chains": CHAIN}),
         Listing({"category_id": "6"}, product={"is_replicated": False, "category_chains": CHAIN})),
    # --- package ---
    Case("decimals after a comma count too", Code.WEIGHT_MALFORMED, weight("1,2345", "KILOGRAM"), weight("1,234", "KILOGRAM")),
    Case("decimals of an unknown unit are checked", Code.WEIGHT_MALFORMED, weight("1.2345", "STONE"), weight("1.234", "STONE")),
    Case("an empty weight is malformed", Code.WEIGHT_MALFORMED, weight("", "KILOGRAM"), weight("1", "KILOGRAM")),
    Case("the message names the unit", Code.UNIT_NOT_IN_REGION, weight("1", ""), weight("1", "KILOGRAM")),
    Case("grams are accepted in Mexico and Brazil", Code.UNIT_NOT_IN_REGION, weight("100", "GRAM", "GB"), weight("100", "GRAM", "MX")),
    Case("0,0 is zero", Code.WEIGHT_ZERO, weight("0,0", "KILOGRAM"), weight("0,1", "KILOGRAM")),
    Case("10 is not zero", Code.WEIGHT_ZERO, weight("00", "KILOGRAM"), weight("10", "KILOGRAM")),
    Case("decimals of a side after a comma count too", Code.LENGTH_MALFORMED, sizes(length="1,234"), sizes(length="1,23")),
    Case("a missing unit of length is not accepted", Code.UNIT_NOT_IN_REGION, sizes(unit=""), sizes(unit="CENTIMETER")),
    Case("inches are accepted in the United States", Code.UNIT_NOT_IN_REGION, sizes("US", unit="FOOT"), sizes("US", unit="INCH")),
    Case("inches and kilograms are mixed systems", Code.UNITS_MIXED,
         body(package_weight=METRIC, package_dimensions=IMPERIAL), body(package_weight=METRIC, package_dimensions={**IMPERIAL, "unit": "CENTIMETER"})),
    Case("a weight alone is not mixed", Code.UNITS_MIXED, sku(sku_weight=METRIC, sku_dimensions=IMPERIAL), sku(sku_dimensions=IMPERIAL)),
    Case("a variant's weight uses a unit of the market", Code.UNIT_NOT_IN_REGION,
         sku("GB", sku_weight={"value": "100", "unit": "GRAM"}), sku("MX", sku_weight={"value": "100", "unit": "GRAM"})),
    Case("a variant's dimensions follow the same rules", Code.HEIGHT_MALFORMED,
         sku(sku_dimensions={**IMPERIAL, "height": "0"}), sku(sku_dimensions=IMPERIAL)),
    # --- variants ---
    Case("variants without an id are not duplicates", Code.SKU_TWICE, body(skus=[{"id": "1"}, {"id": "2"}, {"id": "1"}]), body(skus=[{"id": ""}, {}])),
    Case("a missing seller SKU passes", Code.SELLER_SKU_FORMAT, sku("DE", seller_sku="-"), sku("DE", seller_sku="")),
    Case("an identifier without a code is ignored", Code.IDENTIFIER_TYPE, sku(identifier_code={"code": "1"}), sku(identifier_code={"type": ""})),
    Case("an unknown identifier type passes", Code.IDENTIFIER_LENGTH, sku(**code("EAN", "1")), sku(**code("NEW", "1"))),
    Case("X is not valid in an ISBN of 13", Code.IDENTIFIER_ISBN, sku(**code("ISBN", "1" * 12 + "X")), sku(**code("ISBN", "1" * 13))),
    Case("X is not valid among letters", Code.IDENTIFIER_ISBN, sku(**code("ISBN", "12345678A" + "X")), sku(**code("ISBN", "123456789" + "X"))),
    Case("only ASCII digits count", Code.IDENTIFIER_LENGTH, sku(**code("UPC", "١" * 12)), sku(**code("UPC", "1" * 12))),
    Case("the same code of another type is different", Code.IDENTIFIER_TWICE,
         skus(code("EAN", "1" * 13), code("UPC", "1" * 12), code("EAN", "1" * 13)), skus(code("EAN", "1" * 13), code("ISBN", "1" * 13))),
    Case("variants without identifiers are not duplicates", Code.IDENTIFIER_TWICE, skus(code("UPC", "1" * 12), code("UPC", "1" * 12)), skus({"sales_attributes": [RED]}, {"sales_attributes": [BLUE]})),
    Case("a list price above 7,600 by a cent", Code.LIST_PRICE, sku(list_price={"amount": "0.009"}), sku(list_price={"currency": "USD"})),
    Case("list prices outside the US have no known limit", Code.LIST_PRICE_TOO_HIGH,
         sku(list_price={"currency": "USD", "amount": "9000"}), sku("JP", list_price={"currency": "JPY", "amount": "9000"})),
    Case("a list price that is an object", Code.LIST_PRICE, sku(list_price={"amount": "nan"}), sku(list_price={"amount": 12})),
    Case("custom sales attributes are compared by name", Code.SALES_ATTRIBUTES_DIFFER,
         variants([{"name": "Cut", "value_name": "a"}], [{"name": "Fit", "value_name": "b"}]),
         variants([{"name": "Cut", "value_name": "a"}], [{"name": "Cut", "value_name": "b"}])),
    Case("platform sales attributes are compared by id", Code.SALES_ATTRIBUTES_DIFFER,
         variants([{**RED, "id": "102"}], [BLUE]), variants([{**RED, "name": "Colour"}], [BLUE])),
    Case("the order of sales attributes is irrelevant", Code.SALES_ATTRIBUTES_DIFFER, variants([RED], [SMALL]), variants([RED, SMALL], [SMALL, BLUE])),
    Case("a variant without sales attributes differs", Code.SALES_ATTRIBUTES_DIFFER, skus({"sales_attributes": [RED]}, {}), skus({"sales_attributes": [RED]})),
    Case("two variants without sales attributes are equal", Code.SALES_ATTRIBUTES_REPEATED, skus({}, {}), skus({})),
    Case("custom values are compared by name", Code.SALES_ATTRIBUTES_REPEATED,
         variants([{"id": "100", "value_name": "a"}], [{"id": "100", "value_name": "a"}]),
         variants([{"id": "100", "value_name": "a"}], [{"id": "100", "value_name": "b"}])),
    Case("platform values are compared by id", Code.SALES_ATTRIBUTES_REPEATED,
         variants([RED, SMALL], [SMALL, {**RED, "value_name": "Rot"}]), variants([RED], [{**RED, "value_id": "9"}])),
    Case("equal values of different attributes differ", Code.SALES_ATTRIBUTES_REPEATED,
         variants([{"name": "Cut", "value_name": "a"}], [{"name": "Cut", "value_name": "a"}]),
         variants([{"name": "Cut", "value_name": "a"}], [{"name": "Fit", "value_name": "a"}])),
    Case("platform names are not checked", Code.SALES_ATTRIBUTE_NAME_TOO_LONG,
         variants([{"name": "n" * 5 + "ab" * 8, "value_id": "1"}]), variants([{"id": "100", "name": "ab" * 11, "value_id": "1"}])),
    Case("platform values are not checked", Code.SALES_VALUE_TOO_LONG,
         variants([{"id": "100", "value_name": "ab" * 25 + "a"}]), variants([{"id": "100", "value_id": "1", "value_name": "ab" * 26}])),
    Case("the format of platform names is not checked", Code.SALES_ATTRIBUTE_NAME_FORMAT,
         variants([{"name": "***", "value_id": "1"}]), variants([{"id": "100", "name": "***", "value_id": "1"}])),
    Case("the format of platform values is not checked", Code.SALES_VALUE_FORMAT,
         variants([{"id": "100", "value_name": "***"}]), variants([{"id": "100", "value_id": "1", "value_name": "***"}])),
    Case("all variants may have images of one attribute", Code.VARIANT_IMAGES_ON_TWO,
         variants([{**RED, "sku_img": IMAGE}, SMALL], [BLUE, {**SMALL, "sku_img": IMAGE}]),
         variants([{**RED, "sku_img": IMAGE}, SMALL], [{**BLUE, "sku_img": IMAGE}, SMALL])),
    Case("a custom attribute may have images", Code.VARIANT_IMAGES_ON_TWO,
         variants([{"name": "Cut", "value_name": "a", "sku_img": IMAGE}, {"name": "Fit", "value_name": "a", "sku_img": IMAGE}]),
         variants([{"name": "Cut", "value_name": "a", "sku_img": IMAGE}, {"name": "Fit", "value_name": "a"}])),
)  # fmt: skip
