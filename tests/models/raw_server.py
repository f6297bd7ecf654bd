"""A server for tests that answers every request with the same bytes, in pieces."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

JSON, STREAM, LINES = "application/json", "text/event-stream", "application/x-ndjson"


def whole(body: bytes, *, kind: str = JSON, status: int = 200, headers: str = "") -> bytes:
    """A response with its length."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def streamed(body: bytes, *, kind: str = STREAM) -> bytes:
    """A response that ends with its connection."""
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def answering(*pieces: bytes, held: list[str] | None = None) -> AsyncIterator[str]:
    """Serve them; gives the base URL. With `held` connections stay open, and each is noted there once."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if held is not None:
            held.append("opened")
        while await _asked(reader):
            await _say(writer, pieces)
            if held is None:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _asked(reader: asyncio.StreamReader) -> bool:
    """Read a request; False where the other side has left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return True


async def _say(writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)  # lets the other side read it by itself
