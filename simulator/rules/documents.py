"""Certificates, size chart, images, brand, manufacturers and responsible persons."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from simulator.api_error import ApiError
from simulator.media import is_uploaded
from simulator.rules.submission import Submission


def image_problems(submission: Submission) -> Iterator[ApiError]:
    images = submission.body.get("main_images") or []
    if not images:
        yield ApiError(12052028, "there is no main image")
    if len(images) > 9:
        yield ApiError(12052306, "there are more than 9 main images")
    if any(not is_uploaded(image.get("uri")) for image in images):
        yield ApiError(12052300, "a main image was not uploaded")


def brand_problems(submission: Submission) -> Iterator[ApiError]:
    """Problems of the brand. An unknown brand is one only where the platform refuses it instead of clearing it."""
    identity = str(submission.body.get("brand_id") or "")
    brand = submission.catalogue.brand_of.get(identity)
    if brand is None:
        if identity and submission.options.unknown_brand_is_refused:
            yield ApiError(12052026, "brand does not exist")
    elif identity not in submission.seller.authorized_brands:
        if brand["is_t1_brand"]:
            yield ApiError(12052208, "the brand is not authorized for this seller")
    elif not submission.catalogue.brand_is_available(identity, submission.category_id):
        yield ApiError(12052201, "the brand is not authorized in this category")


def unknown_brand(submission: Submission) -> str | None:
    """The warning for an unknown brand, which the platform clears; None for a known brand."""
    identity = str(submission.body.get("brand_id") or "")
    if not identity or identity in submission.catalogue.brand_of:
        return None
    return (
        f"The [brand_id]:{identity} field is incorrect and has been automatically cleared by the system."
        " Reason: [Brand does not exist]. You can edit it later."
    )


def certification_problems(submission: Submission) -> Iterator[ApiError]:
    given: list[dict[str, Any]] = submission.body.get("certifications") or []
    known = submission.catalogue.rules(submission.category_id)["product_certifications"]
    by_id = {str(each.get("id")): each for each in given}
    if len(by_id) != len(given):
        yield ApiError(12052656, "a certification is repeated")
    if len(given) > 10:
        yield ApiError(12052657, "there are more than 10 certifications")
    for identity in by_id.keys() - {each["id"] for each in known}:
        yield ApiError(12052655, f"certification {identity} does not exist")
    for each in given:
        if any(not is_uploaded(image.get("uri")) for image in each.get("images") or ()):
            yield ApiError(12052650, "an image of a certification was not uploaded")
        if any(not file.get("id") or file.get("format") != "PDF" for file in each.get("files") or ()):
            yield ApiError(12052658, "a file of a certification is not a PDF with an id")
    for certification in known:
        own = by_id.get(certification["id"])
        if own is None or not (own.get("images") or own.get("files")):
            conditions = certification.get("requirement_conditions")
            if certification["is_required"] or submission.condition_holds(conditions):
                yield ApiError(12052105, f"certification {certification['name']} is required")
        elif certification.get("expiration_date", {}).get("is_required") and not own.get("expiration_date"):
            yield ApiError(12052385, f"certification {certification['name']} needs its expiry date")
        if own and own.get("expiration_date") and own["expiration_date"] < time.time():
            yield ApiError(12052385, f"certification {certification['name']} has expired")


def size_chart_problems(submission: Submission) -> Iterator[ApiError]:
    rule = submission.catalogue.rules(submission.category_id)["size_chart"]
    chart = submission.body.get("size_chart") or {}
    image, template = (chart.get("image") or {}).get("uri"), (chart.get("template") or {}).get("id")
    if rule["is_required"] and not (image or template):
        yield ApiError(12052673, "size chart is required")
    if image and not is_uploaded(image):
        yield ApiError(12052670, "the size chart's image was not uploaded")
    if template and template not in submission.seller.size_chart_templates:
        yield ApiError(12052128, "size chart template does not exist")
    share = submission.options.poor_size_chart_share
    stored = ((submission.before or {}).get("size_chart") or {}).get("image", {}).get("uri")
    unchanged = stored and stored == image and submission.seller.region == "US"
    if share and unchanged and Random(f"chart:{submission.options.seed}:{stored}").random() < share:
        yield ApiError(5001001, "the stored size chart fails the quality check and was not changed")


def people_problems(submission: Submission) -> Iterator[ApiError]:
    rules, seller = submission.catalogue.rules(submission.category_id), submission.seller
    for field, rule, own, missing, unknown, repeated in (
        ("manufacturer_ids", "manufacturer", seller.manufacturers, 12052282, 12052284, 12052295),
        ("responsible_person_ids", "responsible_person", seller.responsible_persons, 12052287, 12052289, 12052296),
    ):
        given = submission.body.get(field) or []
        if rules[rule]["is_required"] and not given:
            yield ApiError(missing, f"{field} is required")
        if len(given) != len(set(given)):
            yield ApiError(repeated, f"{field} has a repeated id")
        if set(given) - set(own):
            yield ApiError(unknown, f"{field} has an unknown id")
