"""HTTP to model servers over aiohttp: one session per event loop, and what goes wrong on the way as a kind of failure.

Measured per call: aiohttp itself 0.10-0.18 ms of CPU, the openai client's lowest level over it 0.44-0.48 ms, its typed
requests 0.8-1.2 ms, httpx 0.7-3.5 ms, growing with the calls in flight; and importing openai takes 0.3 s.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
import orjson
from yarl import URL

from symposium.ledger.records import CallFailed, ConfigurationError
from symposium.models.keys import CREDENTIALS
from symposium.models.providers.failures import Told, beginning, failed, plain, told

CONNECTING = 15.0  # seconds for a connection to stand; how long a reply may take is the gate's to say
LONGEST_HEADER = 1 << 16  # bytes; some gateways send more than aiohttp's 8 KiB
LOOPBACK = ("localhost", "127.0.0.1", "::1")
RESET = "ConnectionResetError"  # what aiohttp says, in words only, of a body that a reset cut off
LEFTOVER = 0.05  # seconds for the end of a stream to come behind its last event

Holding = AsyncGenerator[aiohttp.ClientSession, None]

_sessions: dict[asyncio.AbstractEventLoop, tuple[aiohttp.ClientSession, Holding]] = {}
_users: "WeakSet[Server]" = WeakSet()


class Refused(Exception):
    """A server answered with an error."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body

    @property
    def told(self) -> Told:
        """What the error says."""
        return told(self.body)


class Server:
    """Where a model server takes requests, the key it is sent, and its share in this process's connections.

    A proxy that the environment names is used, but never for this machine. What fails tells the server's address
    without the credentials in it.

    Raises:
        ConfigurationError: the base URL is none.
    """

    def __init__(self, base_url: str, path: str, *, secret: str | None = None) -> None:
        self._base = _url(base_url)
        self._url = (self._base / path).with_query(self._base.query)
        self._secret = secret
        self._headers = {"Content-Type": "application/json", "User-Agent": "symposium"}
        if secret:
            self._headers["Authorization"] = f"Bearer {secret}"
        trusted = _trusted(self._base.scheme)
        self._way: dict[str, Any] = {"proxy": _proxy(self._base), "ssl": trusted, "allow_redirects": False}
        _users.add(self)

    @asynccontextmanager
    async def post(self, body: Mapping[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and give the response, its body still to be read; leaving early closes the connection.

        Raises:
            Refused: the server answered with an error.
            CallFailed: "network", "truncated" or "malformed", also where reading the body fails.
        """
        try:
            session = await _session()
            async with session.post(self._url, data=dumped(body), headers=self._headers, **self._way) as response:
                if response.status >= 300:
                    raise Refused(response.status, response.headers, await _words(response))
                yield response
                await _drain(response)
        except aiohttp.ClientResponseError as error:  # its cause would show the request's headers
            words = plain(error.message, secret=self._secret)
            raise CallFailed("malformed", f"{self.address} does not speak HTTP: {words}") from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from error

    def failed(self, refused: Refused) -> CallFailed:
        """Make a failure of an error the server answered with."""
        failure = failed(refused.status, refused.headers, refused.body, secret=self._secret)
        if refused.status in (301, 302, 303, 307, 308):
            return CallFailed("missing-model", f"{self.address} has moved, correct its base URL: {failure}")
        if failure.kind == "auth" and not self._secret:
            return CallFailed("auth", f"{failure} (no key was sent: name the environment variable that holds it)")
        if failure.kind == "missing-model":
            return CallFailed("missing-model", f"{failure} (at {self.address})")
        return failure

    @property
    def address(self) -> str:
        """The base URL without credentials."""
        return str(self._base.with_user(None).with_query(None))

    @property
    def secret(self) -> str | None:
        """The key it is sent, to be kept out of what others read."""
        return self._secret

    async def warm(self) -> None:
        """Open the session, not yet a connection."""
        await _session()

    async def leave(self) -> None:
        """Give up the share; with the last one this loop's connections are closed."""
        _users.discard(self)
        held = _sessions.get(asyncio.get_running_loop())
        if held is not None and not _users:
            await held[1].aclose()

    def _broken(self, error: Exception) -> CallFailed:
        if isinstance(error, aiohttp.ClientPayloadError) and RESET not in str(error):
            return CallFailed("truncated", f"{self.address} ended its reply too early")
        reason = error.strerror if isinstance(error, aiohttp.ClientConnectorError) else ""  # else it shows an object
        words = plain(reason or str(error) or type(error).__name__, secret=self._secret)
        return CallFailed("network", f"the connection to {self.address} failed: {words}")


def dumped(value: Any) -> bytes:
    """Write JSON, also of what orjson does not take: halves of surrogate pairs, whole numbers of more than 64 bits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


def loaded(text: bytes, *, secret: str | None = None) -> Any:
    """Read JSON, also with the NaN and Infinity that some servers write.

    Raises:
        CallFailed: "malformed", with the beginning of what is no JSON, less the secret.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        return _lenient(text, secret)


def _lenient(text: bytes, secret: str | None) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # which would hold the text
        shown = beginning(text, secret=secret) or "nothing"
        raise CallFailed("malformed", f"the reply is no JSON: {shown}") from None


async def _session() -> aiohttp.ClientSession:
    """This loop's session."""
    loop = asyncio.get_running_loop()
    held = _sessions.get(loop)
    if held is None:
        holding = _holding(loop)
        held = _sessions[loop] = await anext(holding), holding  # nothing else runs between: it does not wait
    return held[0]


async def _holding(loop: asyncio.AbstractEventLoop) -> Holding:
    """Hold a session open until this is closed; a loop that ends closes every generator that was begun on it."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTING)
    try:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=timeout,
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        ) as session:
            yield session
    finally:
        _sessions.pop(loop, None)


async def _words(response: aiohttp.ClientResponse) -> bytes:
    """What an error says; its status tells enough where the rest does not come."""
    try:
        return await response.read()
    except aiohttp.ClientError:
        return b""


async def received(content: aiohttp.StreamReader) -> bytes:
    """Give the next piece of a body, nothing at its end; what came before it broke off comes before the error does."""
    try:
        return await content.readany()
    except (aiohttp.ClientError, OSError) as error:
        content.set_exception(None)  # type: ignore[arg-type]  # as long as it is set nothing can be read
        left = content.read_nowait()
        content.set_exception(error)
        if not left:
            raise
        return left


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read to the end of a reply whose last event has come, so that its connection can be used again."""
    if not response.content.is_eof():
        try:
            async with asyncio.timeout(LEFTOVER):
                await response.content.readany()
        except (TimeoutError, aiohttp.ClientError, OSError):  # nothing is missing
            response.close()


def _url(base_url: str) -> URL:
    shown = plain(CREDENTIALS.sub("", base_url))
    try:
        url = URL(base_url.rstrip("/"))
    except ValueError:  # whose words may hold all of it
        raise ConfigurationError(f"base URL '{shown}' is none; write one such as http://127.0.0.1:8000/v1") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigurationError(f"base URL '{shown}' must begin with http:// or https:// and name a host")
    return url


def _proxy(url: URL) -> str | None:
    host = url.host or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    return proxy if proxy.startswith("http") else None


@lru_cache(maxsize=2)
def _trusted(scheme: str) -> ssl.SSLContext | bool:
    """The certificates of this machine, and certifi's where it has none; made once, since that takes 20 ms."""
    if scheme != "https":
        return True
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
