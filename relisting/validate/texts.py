"""Checks title, description, main images, search terms and key features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from model.outcome import Reason
from relisting.platform_habits import PlatformHabits
from relisting.validate.codes import Code
from relisting.validate.reasons import CONTROL_IN_LINES, format_problem, has_chinese, reason

TITLE_LENGTHS = {
    **dict.fromkeys(("DE", "ES", "FR", "IE", "IT", "JP", "GB", "UK", "US"), (1, 255)),
    **dict.fromkeys(("BR", "MX"), (1, 300)),
}
OTHER_TITLE_LENGTH = (25, 255)
DESCRIPTION_LENGTH = 10_000
DESCRIPTION_IMAGES = 30
DESCRIPTION_IMAGE_PIXELS = 4000
MAIN_IMAGES = 9
MAIN_IMAGE_PIXELS = (300, 4000)
EXTERNAL_ID_LENGTH = 999


def check_texts(
    body: Mapping[str, Any], region: str, product: Mapping[str, Any], habits: PlatformHabits
) -> Iterator[Reason]:
    yield from _title(str(body.get("title") or ""), region)
    needs_sizes = habits.description_images_need_sizes is not False
    yield from _description(str(body.get("description") or ""), region, needs_sizes=needs_sizes)
    yield from _main_images(body, product, habits.main_image_least_px or MAIN_IMAGE_PIXELS[0])
    terms = [str(term) for term in body.get("search_terms") or ()]
    if len(terms) > 15 or sum(map(len, terms)) > 250:
        yield reason(Code.SEARCH_TERMS, "search_terms", "At most 15 search terms, of 250 characters together.")
    features = [str(feature) for feature in body.get("key_product_features") or ()]
    if len(features) > 5 or sum(map(len, features)) > 1500:
        message = "At most 5 key product features, of 1,500 characters together."
        yield reason(Code.KEY_FEATURES, "key_product_features", message)
    if len(str(body.get("external_product_id") or "")) > EXTERNAL_ID_LENGTH:
        yield reason(Code.EXTERNAL_ID, "external_product_id", "An external id has at most 999 characters.")


class ImageTags(HTMLParser):
    """Collects the `<img>` tags of a description, the names of all tags, and whether there is any text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[dict[str, str]] = []
        self.names: set[str] = set()
        """Names of all tags in lower case."""
        self.has_text = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        if tag == "img":
            self.images.append({name: value or "" for name, value in attrs})

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Treats `<![...` as a comment up to the next `>`, as browsers do; the parent class raises for unknown ones."""
        return self.parse_bogus_comment(i)

    def handle_data(self, data: str) -> None:
        self.has_text = self.has_text or bool(data.strip())


def lacks_sizes(tags: ImageTags) -> bool:
    """Whether an image has no width or no height."""
    return not all(image.get("width") and image.get("height") for image in tags.images)


@lru_cache(maxsize=4)
def image_tags(html: str) -> ImageTags:
    """The tags of a description. Two checks of a plan need them, one right after the other."""
    return ImageTags(html)


def _title(title: str, region: str) -> Iterator[Reason]:
    shortest, longest = TITLE_LENGTHS.get(region, OTHER_TITLE_LENGTH)
    if not title.strip():
        yield reason(Code.TITLE_EMPTY, "title", "The title is empty.")
        return
    if len(title) > longest:
        message = f"The title has {len(title)} characters; at most {longest} are allowed."
        yield reason(Code.TITLE_TOO_LONG, "title", message)
    if len(title) < shortest:
        message = f"The title has {len(title)} characters; at least {shortest} are needed."
        yield reason(Code.TITLE_TOO_SHORT, "title", message)
    if has_chinese(title, region):
        yield reason(Code.TITLE_CHINESE, "title", "The title contains Chinese characters.")
    if problem := format_problem(title):
        yield reason(Code.TITLE_FORMAT, "title", f"The title {problem}.")


def _description(description: str, region: str, *, needs_sizes: bool) -> Iterator[Reason]:
    """Applies the format rules of 12052932 only as far as live listings follow them: one has 33 dashes in a row."""
    tags = image_tags(description)
    if not tags.has_text and not tags.images:
        yield reason(Code.DESCRIPTION_EMPTY, "description", "The description is empty.")
        return
    if len(description) > DESCRIPTION_LENGTH:
        message = f"The description has {len(description):,} characters; at most 10,000 are allowed."
        yield reason(Code.DESCRIPTION_TOO_LONG, "description", message)
    if has_chinese(description, region):
        yield reason(Code.DESCRIPTION_CHINESE, "description", "The description contains Chinese characters.")
    if CONTROL_IN_LINES.search(description):
        yield reason(Code.DESCRIPTION_FORMAT, "description", "The description contains control characters.")
    if len(tags.images) > DESCRIPTION_IMAGES:
        message = f"The description has {len(tags.images)} images; at most 30 are allowed."
        yield reason(Code.DESCRIPTION_IMAGES, "description", message)
    if not all(image.get("src") for image in tags.images):
        message = "Every image in the description needs a src."
        yield reason(Code.DESCRIPTION_IMAGE_TAG, "description", message)
    elif needs_sizes and lacks_sizes(tags):
        message = "Every image in the description needs a width and a height."
        yield reason(Code.DESCRIPTION_IMAGE_TAG, "description", message)
    if any(
        _pixels(image.get(name)) >= DESCRIPTION_IMAGE_PIXELS for image in tags.images for name in ("width", "height")
    ):
        message = "Every image in the description must be smaller than 4,000 pixels."
        yield reason(Code.DESCRIPTION_IMAGE_TOO_BIG, "description", message)


def _main_images(body: Mapping[str, Any], product: Mapping[str, Any], smallest: int) -> Iterator[Reason]:
    images = body.get("main_images") or ()
    if not images:
        yield reason(Code.MAIN_IMAGE_MISSING, "main_images", "A product needs at least one main image.")
    if len(images) > MAIN_IMAGES:
        message = f"The product has {len(images)} main images; at most 9 are allowed."
        yield reason(Code.MAIN_IMAGES_TOO_MANY, "main_images", message)
    biggest = MAIN_IMAGE_PIXELS[1]
    # The edit names images by uri; only the product as read has their sizes.
    for index, image in enumerate(product.get("main_images") or ()):
        sizes = [size for name in ("width", "height") if (size := _pixels(image.get(name)))]
        if sizes and min(sizes) < smallest:
            message = f"Main image {index + 1} is smaller than {smallest} pixels."
            yield reason(Code.MAIN_IMAGE_TOO_SMALL, f"main_images[{index}]", message)
        if sizes and max(sizes) > biggest:
            message = f"Main image {index + 1} is larger than 4,000 pixels."
            yield reason(Code.MAIN_IMAGE_TOO_BIG, f"main_images[{index}]", message)


def _pixels(value: Any) -> int:
    """The number of pixels; zero for other values such as `100%`."""
    if type(value) is int:
        return value if 0 <= value < 10**9 else 0
    digits = str(value or "").strip().lower().removesuffix("px")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
