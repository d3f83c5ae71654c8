"""Reads an uploaded worklist from a form, within limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import BodyPartReader, web

from web_ui.access.request_guard import UNREADABLE

MAX_UPLOAD_BYTES = 8 * 1024 * 1024
MAX_CSRF_BYTES = 200
UPLOAD_SECONDS = 30.0
CHUNK = 64 * 1024


async def uploaded_file(request: web.Request, check_csrf: Callable[[str], None]) -> bytes:
    """Return the content of the uploaded file. The form's first field must be `csrf`, its second `file`.

    Raises HTTPBadRequest, HTTPRequestEntityTooLarge, HTTPRequestTimeout.
    """
    if not request.content_type.startswith("multipart/"):
        raise web.HTTPBadRequest(text="Upload the file with the form in the web UI.\n")
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            reader = await request.multipart()
            first = await reader.next()
            if not isinstance(first, BodyPartReader) or first.name != "csrf":
                raise web.HTTPBadRequest(text="Upload the file with the form in the web UI.\n")
            check_csrf((await _bounded(first, MAX_CSRF_BYTES)).decode(errors="replace"))
            second = await reader.next()
            if not isinstance(second, BodyPartReader) or second.name != "file":
                raise web.HTTPBadRequest(text="Choose a file first.\n")
            return await _bounded(second, MAX_UPLOAD_BYTES)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"The upload took more than {UPLOAD_SECONDS:.0f} seconds.\n") from None
    except UNREADABLE as problem:
        raise web.HTTPBadRequest(text=f"The form cannot be read ({type(problem).__name__}).\n") from None


async def _bounded(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK):
        content += chunk
        if len(content) > limit:
            text = f"The limit is {limit // 1024**2} MiB; use `relist worklist import` for larger files.\n"
            raise web.HTTPRequestEntityTooLarge(limit, len(content), text=text)
    return bytes(content)
