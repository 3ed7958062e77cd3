"""REST calls over one kept connection, with next to no cost of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec


class Rest:
    """Calls one after the other. ``delays`` keeps the seconds each took."""

    def __init__(self, port: int, **headers: str) -> None:
        self._port = port
        named = {"Host": f"127.0.0.1:{port}"} | {key.replace("_", "-"): each for key, each in headers.items()}
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.delays: list[float] = []

    async def get(self, path: str) -> Any:
        """``data`` of a GET."""
        return await self._call("GET", path, b"")

    async def text(self, path: str) -> bytes:
        """What a GET answers, as it comes."""
        return await self._timed("GET", path, b"")

    async def post(self, path: str, body: Any) -> Any:
        """``data`` of a POST."""
        return await self._call("POST", path, msgspec.json.encode(body))

    async def put(self, path: str, body: Any) -> Any:
        """``data`` of a PUT."""
        return await self._call("PUT", path, msgspec.json.encode(body))

    def close(self) -> None:
        """Drop the connection; the next call makes a new one."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _call(self, method: str, path: str, body: bytes) -> Any:
        return msgspec.json.decode(await self._timed(method, path, body))["data"]

    async def _timed(self, method: str, path: str, body: bytes) -> bytes:
        began = time.monotonic()
        try:
            status, answer = await self._exchange(method, path, body)
        except BaseException:
            self.close()
            raise
        self.delays.append(time.monotonic() - began)
        if status != 200:
            raise OSError(f"expected 200 for {method} {path}, got {status}: {answer[:200]!r}")
        return answer

    async def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**22)
        reader, writer = self._streams
        about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._headers}{about}\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length:")[2].split("\r\n", 1)[0])
        return int(head[9:12]), await reader.readexactly(length)
