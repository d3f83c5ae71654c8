"""Serves the style sheet and the scripts, which are read once."""

from __future__ import annotations

from importlib.resources import files

from aiohttp import web

from web_ui.access.request_guard import HEADERS, Handler

TYPES = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "idiomorph.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


def add_assets(app: web.Application) -> None:
    for name, content_type in TYPES.items():
        text = (files("web_ui") / "assets" / name).read_text(encoding="utf-8")
        app.router.add_get(f"/assets/{name}", _serving(text, content_type))


def _serving(text: str, content_type: str) -> Handler:
    async def serve(_: web.Request) -> web.StreamResponse:
        headers = {**HEADERS, "Cache-Control": "max-age=300"}
        return web.Response(text=text, content_type=content_type, headers=headers)

    return serve
