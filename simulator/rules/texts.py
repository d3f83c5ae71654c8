"""Rules for title, description, search terms and other texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.api_error import ApiError
from simulator.rules.submission import Submission

TITLE_LENGTHS = {
    **dict.fromkeys(("DE", "ES", "FR", "IE", "IT", "JP", "GB", "UK", "US"), (1, 255)),
    **dict.fromkeys(("BR", "MX"), (1, 300)),
}
OTHER_TITLE_LENGTH = (25, 255)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_BAD_FORMAT = re.compile(
    "&(?:[a-z]+|#[0-9]+);|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\U0001f300-\U0001faff\u2600-\u27bf]|(.)\\1{9,}",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"\bsrc=[\"']([^\"']*)[\"']", re.IGNORECASE)
_WIDTH = re.compile(r"\bwidth=[\"']?\d", re.IGNORECASE)
_HEIGHT = re.compile(r"\bheight=[\"']?\d", re.IGNORECASE)
_TAG = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
_TAGS = frozenset(
    {"p", "ul", "ol", "li", "img", "br", "b", "strong", "i", "em", "u", "span", "div", "a", "table", "tbody", "tr",
     "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
)  # fmt: skip
_PLATFORM_HOSTS = ("https://simulated.invalid/", "https://p16-oec-")


def has_bad_format(text: str) -> bool:
    """Whether the text has HTML escapes, emoji, control characters, ten equal characters in a row, or only symbols."""
    return bool(_BAD_FORMAT.search(text)) or not any(letter.isalnum() for letter in text)


def text_problems(submission: Submission) -> Iterator[ApiError]:
    yield from _title(submission)
    yield from _description(
        str(submission.body.get("description") or ""), needs_sizes=submission.options.description_images_need_sizes
    )
    for field, most, length in (("search_terms", 15, 250), ("key_product_features", 5, 1500)):
        terms = submission.body.get(field) or []
        if len(terms) > most or sum(map(len, terms)) > length:
            yield ApiError(12052910, f"{field} takes at most {most} entries and {length} characters in all")
    external = [submission.body.get("external_product_id")]
    external += [sku.get("external_sku_id") for sku in submission.body.get("skus") or ()]
    if any(len(str(each or "")) > 999 for each in external):
        yield ApiError(12052369, "an external id has at most 999 characters")


def _title(submission: Submission) -> Iterator[ApiError]:
    title = str(submission.body.get("title") or "")
    shortest, longest = TITLE_LENGTHS.get(submission.seller.region, OTHER_TITLE_LENGTH)
    if not title.strip():
        yield ApiError(12052261, "title is empty")
        return
    if len(title) > longest:
        yield ApiError(12052051, f"title has more than {longest} characters")
    if len(title) < shortest:
        yield ApiError(98001004, f"title is invalid: it needs at least {shortest} characters")
    if CHINESE.search(title):
        yield ApiError(12052262, "title contains Chinese")
    elif has_bad_format(title):
        yield ApiError(12052931, "title breaks the format rules")


def _description(description: str, *, needs_sizes: bool) -> Iterator[ApiError]:
    if not description.strip():
        yield ApiError(12052015, "description is missing")
        return
    if len(description) > 10_000:
        yield ApiError(12052013, "description has more than 10000 characters")
    if CHINESE.search(description):
        yield ApiError(12052346, "description contains Chinese")
    elif has_bad_format(re.sub(r"<[^>]*>", "", description) or "image"):
        yield ApiError(12052932, "description breaks the format rules")
    if any(tag.lower() not in _TAGS for tag in _TAG.findall(description)):
        yield ApiError(12052345, "description has an unsupported tag")
    images = _IMAGE.findall(description)
    if len(images) > 30:
        yield ApiError(12052056, "description has more than 30 images")
    for each in images:
        source = _SOURCE.search(each)
        if source is None:
            yield ApiError(12052348, "an image of the description lacks src")
        elif not source[1].startswith(_PLATFORM_HOSTS):
            yield ApiError(12052340, "an image of the description is not hosted by the platform")
        if needs_sizes and not (_WIDTH.search(each) and _HEIGHT.search(each)):
            yield ApiError(12052348, "an image of the description lacks width or height")
