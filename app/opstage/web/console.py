"""The built console: static files, with the single page answering every other path."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from quart import Blueprint, Response, request, send_from_directory
from werkzeug.security import safe_join

from opstage.errors import NotFound

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Scripts come from here and nowhere else; Ant Design writes its styles into the page."""

HASHED = "assets/"
"""Vite puts a content hash into every name below this folder."""


def console(folder: Path) -> Blueprint:
    """Serve the build in ``folder``; 404 STATIC_NOT_FOUND while there is none."""
    pages = Blueprint("console", __name__)
    root = folder.resolve()

    @pages.get("/", defaults={"path": ""})
    @pages.get("/<path:path>")
    async def page(path: str) -> Response:
        if path == "api" or path.startswith(("api/", "ws/")):
            raise NotFound("Route not found.")
        name = path if _is_file(root, path) or path.startswith(HASHED) else "index.html"
        if not _is_file(root, name):
            raise NotFound("There is no such file; is the console built (make console)?", "STATIC_NOT_FOUND")
        return _framed(await _file(root, name), name)

    return pages


def _is_file(root: Path, path: str) -> bool:
    joined = safe_join(str(root), path) if path else None
    try:
        return joined is not None and Path(joined).is_file()
    except (OSError, ValueError):
        return False


async def _file(root: Path, name: str) -> Response:
    """The file, compressed if the build made a compressed copy and the browser takes it."""
    packed = f"{name}.gz"
    if not request.accept_encodings.quality("gzip") or not _is_file(root, packed):
        return await send_from_directory(root, name, conditional=True)
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = await send_from_directory(root, packed, conditional=True, mimetype=media)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _framed(response: Response, name: str) -> Response:
    forever = name.startswith(HASHED)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if forever else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def secure(response: Response) -> Response:
    """Headers every answer carries."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
