"""SKUs: their number, ids, identifiers, prices and stock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api_error import ApiError
from simulator.rules.submission import EU, Submission

MANY_SKU_REGIONS = EU | {"BR", "GB", "JP", "MX", "UK", "US"}
IDENTIFIERS = {
    "GTIN": r"\d{14}",
    "EAN": r"\d{8}|\d{13,14}",
    "UPC": r"\d{12}",
    "ISBN": r"\d{13}|\d{9}[\dX]",
    "JAN": r"\d{8}|\d{13}",
}
_EU_SELLER_SKU = re.compile(r"[A-Za-z0-9_-]{6,50}")
LARGEST_QUANTITY = 99_999
_AMOUNT = re.compile(r"\d+(\.\d{1,2})?")


def sku_problems(submission: Submission) -> Iterator[ApiError]:
    skus = submission.body.get("skus") or []
    if not skus:
        yield ApiError(12052902, "there is no SKU")
        return
    most = 300 if submission.seller.region in MANY_SKU_REGIONS else 100
    if len(skus) > most:
        yield ApiError(12052558, f"there are more than {most} SKUs")
    ids = [str(sku["id"]) for sku in skus if sku.get("id")]
    if len(ids) != len(set(ids)):
        yield ApiError(12052553, "a SKU id is repeated")
    before = {sku["id"]: sku for sku in (submission.before or {}).get("skus") or ()}
    if set(ids) - set(before):
        yield ApiError(12052557, "a SKU id does not belong to this product")
    identifiers = [sku["identifier_code"] for sku in skus if sku.get("identifier_code")]
    # It is undocumented whether equal digits of different types count as one code; the validator says they do not.
    codes = Counter((str(each.get("type")), str(each.get("code"))) for each in identifiers)
    if any(count > 1 for count in codes.values()):
        yield ApiError(12052592, "an identifier code is used twice")
    rules, region = submission.catalogue.rules(submission.category_id), submission.seller.region
    required = bool(rules.get("seller_sku", {}).get("is_required"))
    for sku in skus:
        old = before.get(str(sku.get("id")))
        yield from _seller_sku(str(sku.get("seller_sku") or ""), region, required)
        yield from _identifier(sku.get("identifier_code"), (old or {}).get("identifier_code"))
        yield from _price(sku, old, submission)
        yield from _inventory(sku, old, submission.seller.warehouses)


def _seller_sku(seller_sku: str, region: str, required: bool) -> Iterator[ApiError]:
    if len(seller_sku) > 50:
        yield ApiError(12052054, "seller_sku has more than 50 characters")
    elif (required and not seller_sku) or " " in seller_sku:
        yield ApiError(12019059, "seller_sku is invalid")
    elif seller_sku and region in EU and not _EU_SELLER_SKU.fullmatch(seller_sku):
        yield ApiError(12019059, "seller_sku has 6 to 50 letters, digits, - and _ in this region")


def _identifier(given: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> Iterator[ApiError]:
    if not given:
        return
    code, kind = str(given.get("code") or ""), given.get("type")
    if kind not in IDENTIFIERS:
        yield ApiError(12052600, "the type of an identifier code is missing")
    elif "X" in code and not (kind == "ISBN" and code.index("X") == len(code) - 1):
        yield ApiError(12052598, "X is allowed only as the last digit of an ISBN")
    elif not re.fullmatch(IDENTIFIERS[kind], code):
        yield ApiError(12052591, f"identifier code {code} has the wrong length for {kind}")
    if old and (old["code"], old["type"]) != (code, kind):
        yield ApiError(12052593, "an identifier code cannot change once submitted")


def _price(sku: Mapping[str, Any], old: Mapping[str, Any] | None, submission: Submission) -> Iterator[ApiError]:
    price, currency = sku.get("price"), submission.seller.currency
    if not price and old is None:
        yield ApiError(12052571, "a SKU lacks a price")
    if price:
        if price.get("currency") != currency:
            yield ApiError(12052084, f"prices are in {currency} in this shop")
        amount = str(price.get("amount") or price.get("sale_price") or "")
        if not _AMOUNT.fullmatch(amount) or float(amount) == 0:
            yield ApiError(12052073, "a price is invalid")
    listed = sku.get("list_price")
    if listed and submission.seller.region == "US":
        amount = str(listed.get("amount") or "")
        if not _AMOUNT.fullmatch(amount) or not float(amount) >= 0.01:
            yield ApiError(12052375, "a list price is invalid")
        elif float(amount) > 7600:
            yield ApiError(12052383, "a list price is above 7600")


def _inventory(
    sku: Mapping[str, Any], old: Mapping[str, Any] | None, warehouses: tuple[str, ...]
) -> Iterator[ApiError]:
    inventory = sku.get("inventory")
    if not inventory:
        if old is None:
            yield ApiError(12052486, "a SKU lacks inventory")
        return
    given = [str(each.get("warehouse_id")) for each in inventory]
    if len(given) != len(set(given)):
        yield ApiError(12052555, "a warehouse is repeated")
    if set(given) - set(warehouses):
        yield ApiError(12052097, "a warehouse does not exist")
    elif old is not None and set(given) != {each["warehouse_id"] for each in old["inventory"]}:
        yield ApiError(12052533, "the warehouses of a SKU cannot change in an edit")
    least = 0 if old is not None else 1
    if any(not least <= int(each.get("quantity") or 0) <= LARGEST_QUANTITY for each in inventory):
        yield ApiError(12052055, "a quantity is out of range")
