"""Upload Image: a multipart body that is not signed; formats and sizes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.simulator.conftest import Platform
from tests.support.simulator_bodies import create_body
from tests.support.simulator_uploads import UPLOAD, bmp, form, jpeg, png, upload
from tests.support.simulator_waiting import reviewed


@pytest.mark.parametrize("make", [png, jpeg, bmp])
async def test_the_size_is_read_from_the_file(platform: Platform, make: Any) -> None:
    client = await platform()
    answer = await upload(client, make(800, 640))
    assert answer.code == 0
    assert {name: answer.data[name] for name in ("width", "height", "use_case")} == {
        "width": 800, "height": 640, "use_case": "MAIN_IMAGE",
    }  # fmt: skip


async def test_the_body_of_a_multipart_request_is_not_signed(platform: Platform) -> None:
    client = await platform()
    kind = "multipart/form-data; boundary=line"
    signed = await client.call("POST", UPLOAD, content=form(png(600, 600), None), content_type=kind)
    assert signed.code == 106001
    assert (await upload(client, png(600, 600), None)).code == 0


async def test_an_uploaded_image_can_be_listed(platform: Platform) -> None:
    client = await platform()
    uploaded = (await upload(client, png(2000, 1000))).data
    assert (uploaded["width"], uploaded["height"]) == (2000, 2000), "converted to 1:1"
    body = create_body(client.world, client.shop(), main_images=[{"uri": uploaded["uri"]}])
    created = (await client.call("POST", "/product/202309/products", body)).data["product_id"]
    await reviewed(client, created)
    (image,) = (await client.get(created))["main_images"]
    assert (image["uri"], image["width"]) == (uploaded["uri"], 2000)


@pytest.mark.parametrize(
    ("content", "use_case", "code"),
    [
        (png(99, 600), "MAIN_IMAGE", 12038014),
        (png(100, 100), "MAIN_IMAGE", 0),
        (png(600, 4001), "MAIN_IMAGE", 12038014),
        (jpeg(99, 200), "DESCRIPTION_IMAGE", 12038014),
        (png(100, 20_000), "DESCRIPTION_IMAGE", 0),
        (png(1023, 1500), "SIZE_CHART_IMAGE", 12038014),
        (png(1024, 1500), "SIZE_CHART_IMAGE", 0),
        (b"GIF89a" + b"\0" * 20, "MAIN_IMAGE", 12038015),
        (b"\xff\xd8rubbish", "MAIN_IMAGE", 12038002),
        (png(600, 600)[:18], "MAIN_IMAGE", 12038002),
        (b"", "MAIN_IMAGE", 11050001),
        (png(600, 600), "AVATAR", 11050001),
        (png(600, 600) + b"\0" * (10 * 1024 * 1024), "MAIN_IMAGE", 12038005),
    ],
)
async def test_sizes_and_formats(platform: Platform, content: bytes, use_case: str, code: int) -> None:
    client = await platform()
    assert (await upload(client, content, use_case)).code == code


async def test_body_that_is_not_a_form_is_refused(platform: Platform) -> None:
    client = await platform()
    assert (await client.call("POST", UPLOAD, {"data": "x"})).code == 36009023
    kind = "multipart/form-data"
    assert (await client.call("POST", UPLOAD, content=b"x", content_type=kind, sign_content=False)).code == 36009022
    assert (await upload(client, png(600, 600), shop_cipher=client.shop().cipher)).code == 36009004
