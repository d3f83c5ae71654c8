"""Reads an uploaded worklist from a form, never more of it than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import BodyPartReader, web

from gateway.web.request_guard import UNREADABLE

LARGEST_UPLOAD = 8 * 1024 * 1024
LONGEST_CSRF = 200
UPLOAD_SECONDS = 30.0
CHUNK = 64 * 1024


async def uploaded_file(request: web.Request, check_csrf: Callable[[str], None]) -> bytes:
    """The form's first field is `csrf`, its second `file`.

    Raises HTTPBadRequest, HTTPRequestEntityTooLarge, HTTPRequestTimeout.
    """
    if not request.content_type.startswith("multipart/"):
        raise web.HTTPBadRequest(text="Send the file by the form of the page.\n")
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            reader = await request.multipart()
            first = await reader.next()
            if not isinstance(first, BodyPartReader) or first.name != "csrf":
                raise web.HTTPBadRequest(text="Send the file by the form of the page.\n")
            check_csrf((await _bounded(first, LONGEST_CSRF)).decode(errors="replace"))
            second = await reader.next()
            if not isinstance(second, BodyPartReader) or second.name != "file":
                raise web.HTTPBadRequest(text="Choose a file first.\n")
            return await _bounded(second, LARGEST_UPLOAD)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"The file takes more than {UPLOAD_SECONDS:.0f} seconds.\n") from None
    except UNREADABLE as problem:
        raise web.HTTPBadRequest(text=f"The form can not be read ({type(problem).__name__}).\n") from None


async def _bounded(part: BodyPartReader, most: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        content += chunk
        if len(content) > most:
            raise web.HTTPRequestEntityTooLarge(
                most, len(content), text=f"At most {most // 1024**2} MiB; use `relist worklist import` for more.\n"
            )
    return bytes(content)
