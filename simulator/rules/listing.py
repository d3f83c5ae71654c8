"""All rules of a listing, in the platform's order."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.api_error import ApiError
from simulator.rules.attributes import attribute_problems
from simulator.rules.category import permission_problems, replica_problems
from simulator.rules.documents import (
    brand_problems,
    certification_problems,
    image_problems,
    people_problems,
    size_chart_problems,
)
from simulator.rules.package import package_problems
from simulator.rules.sales import sales_problems
from simulator.rules.skus import sku_problems
from simulator.rules.submission import Submission
from simulator.rules.texts import text_problems


def check_listing(submission: Submission) -> None:
    """Raises the ApiError of the first broken rule."""
    for error in listing_problems(submission):
        raise error


def listing_problems(submission: Submission) -> Iterator[ApiError]:
    node = (submission.trees.v1 if submission.version == "v1" else submission.trees.v2)[submission.category_id]
    yield from permission_problems(node, submission.seller.region, submission.options)
    yield from replica_problems(submission)
    if submission.is_draft and submission.options.accepts_incomplete_drafts:
        if submission.body.get("skus"):
            yield from sku_problems(submission)
        return
    yield from text_problems(submission)
    yield from image_problems(submission)
    yield from sku_problems(submission)
    yield from sales_problems(submission)
    yield from attribute_problems(submission)
    yield from brand_problems(submission)
    yield from certification_problems(submission)
    yield from size_chart_problems(submission)
    yield from package_problems(submission)
    yield from people_problems(submission)
    rules = submission.catalogue.rules(submission.category_id)
    if submission.body.get("is_cod_allowed") and not rules["cod"]["is_supported"]:
        yield ApiError(12052222, "the category does not allow cash on delivery")
