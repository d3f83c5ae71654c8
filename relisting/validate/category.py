"""Checks the leaf's and the shop's requirements other than attributes: brand, certificates, size chart, compliance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from model.outcome import AllowedValue, Reason
from relisting.validate.codes import Code
from relisting.validate.reasons import reason
from tiktok_shop.catalogue import Brand, CategoryRules, Certification, RequirementCondition

MAX_CERTIFICATIONS = 10

Values = Mapping[str, Sequence[Mapping[str, Any]]]


def check_brand(body: Mapping[str, Any], brand: Brand | None, *, brand_unknown: bool) -> Iterator[Reason]:
    """Checks the brand. It must be authorised and available in the category unless it is not T1."""
    if brand is None:
        if body.get("brand_id") and brand_unknown:
            message = f"The platform has no brand {body['brand_id']}: an edit would clear the product's brand."
            yield reason(Code.BRAND_UNKNOWN, "brand_id", message)
    elif brand.is_t1 and not brand.is_authorized:
        message = f"The shop is not authorised for the brand {brand.name}: request it in Seller Center."
        yield reason(Code.BRAND_NOT_AUTHORISED, "brand_id", message)
    elif brand.is_authorized and brand.is_available is False:
        message = f"The shop is not authorised for the brand {brand.name} in this category."
        yield reason(Code.BRAND_NOT_IN_CATEGORY, "brand_id", message)


def check_certifications(body: Mapping[str, Any], rules: CategoryRules) -> Iterator[Reason]:
    own = body.get("certifications") or ()
    given = {str(each.get("id")): each for each in own}
    values: Values = {str(each.get("id")): each.get("values") or () for each in body.get("product_attributes") or ()}
    if len(own) > MAX_CERTIFICATIONS:
        yield reason(Code.CERTIFICATIONS_TOO_MANY, "certifications", "A product has at most 10 certificates.")
    if len(given) < len(own):
        yield reason(Code.CERTIFICATION_TWICE, "certifications", "The same certificate is given twice.")
    if any(str(file.get("format") or "PDF").upper() != "PDF" for each in own for file in each.get("files") or ()):
        yield reason(Code.CERTIFICATION_FILE, "certifications", "A certificate's files must be PDF.")
    for certification in rules.certifications:
        yield from _certification(certification, given.get(certification.id), values)


def _certification(certification: Certification, own: Mapping[str, Any] | None, values: Values) -> Iterator[Reason]:
    required = certification.is_required or _any_holds(certification.conditions, values)
    if required and not (own and (own.get("images") or own.get("files"))):
        message = f"The certificate {certification.name} is required in this category."
        yield _of_certificate(Code.CERTIFICATION_REQUIRED, message, certification)
    elif own and certification.needs_expiration_date and not own.get("expiration_date"):
        message = f"The certificate {certification.name} needs its expiry date."
        yield _of_certificate(Code.CERTIFICATION_EXPIRY, message, certification)


def _of_certificate(code: Code, message: str, certification: Certification) -> Reason:
    """Return a reason whose only allowed value is the certificate, so that an answer knows which one it is for."""
    return replace(
        reason(code, "certifications", message), allowed_values=(AllowedValue(certification.id, certification.name),)
    )


def _any_holds(conditions: Sequence[RequirementCondition], values: Values) -> bool:
    return any(
        value.get("id") == condition.value_id
        for condition in conditions
        for value in values.get(condition.attribute_id, ())
    )


def check_category_rules(body: Mapping[str, Any], rules: CategoryRules) -> Iterator[Reason]:
    if rules.size_chart_required and not body.get("size_chart"):
        yield reason(Code.SIZE_CHART_REQUIRED, "size_chart", "A size chart is required in this category.")
    if body.get("is_cod_allowed") and not rules.cod_supported:
        message = "Cash on delivery is on, but this category does not support it."
        yield reason(Code.COD_NOT_SUPPORTED, "is_cod_allowed", message)
    manufacturers, persons = body.get("manufacturer_ids") or (), body.get("responsible_person_ids") or ()
    if rules.manufacturer_required and not manufacturers:
        yield reason(Code.MANUFACTURER_REQUIRED, "manufacturer_ids", "A manufacturer is required in this category.")
    if len(set(manufacturers)) < len(manufacturers):
        yield reason(Code.MANUFACTURER_TWICE, "manufacturer_ids", "The same manufacturer is given twice.")
    if rules.responsible_person_required and not persons:
        message = "A responsible person is required in this category."
        yield reason(Code.RESPONSIBLE_PERSON_REQUIRED, "responsible_person_ids", message)
    if len(set(persons)) < len(persons):
        message = "The same responsible person is given twice."
        yield reason(Code.RESPONSIBLE_PERSON_TWICE, "responsible_person_ids", message)
    for index, sku in enumerate(body.get("skus") or ()):
        sent = {str(fee.get("type") or "") for fee in sku.get("fees") or ()}
        for fee in rules.required_fees:
            if fee not in sent:
                message = f"The fee {fee} is required for each variant in this category."
                yield reason(Code.FEE_REQUIRED, f"skus[{index}].fees", message)
        special = (sku.get("pre_sale") or {}).get("type") or "NONE"
        if special != "NONE" and special not in rules.allowed_special_product_types:
            message = f"This category does not allow {special} variants."
            yield reason(Code.SPECIAL_TYPE_NOT_ALLOWED, f"skus[{index}].pre_sale", message)


def check_replicas(body: Mapping[str, Any], product: Mapping[str, Any]) -> Iterator[Reason]:
    """Refuses products with replicas, since a category change must be synchronised to them, including prices."""
    chain = {str(each.get("id") or "") for each in product.get("category_chains") or ()}
    if product.get("is_replicated") and str(body.get("category_id") or "") not in chain:
        message = "The product has replicas in other markets: change its category in Seller Center, for all of them."
        yield reason(Code.REPLICAS_NOT_SYNCHRONISED, "replicated_products", message)
