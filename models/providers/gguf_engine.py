"""llama.cpp in this process: one engine per model file, shared by all who ask for that file."""

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from symposium.ledger.records import CallFailed, ModelFileError
from symposium.models.machine import available_memory, cores
from symposium.models.providers.gguf_file import GgufFile, inspect

SLOTS = 4  # requests at once per model
MOST_CONTEXT = 8192  # tokens per slot, unless the model's own limit or the memory is smaller
LEAST_CONTEXT = 512
MEMORY_SHARE = 4  # the caches of all slots take at most one part in so many of the free memory
SMALL = 20_000_000  # parameters below which a second thread waits longer than it computes
LARGE = 500_000_000
BATCHES = (128, 64, 32)  # tokens per step of a prefill: below SMALL, LARGE, above; a cancel waits for a step
LONGEST_SOCKET = 100  # bytes of a Unix socket's path; the systems allow 104 or 108

Task = Literal["chat", "text"]
_METHODS: dict[Task, str] = {"chat": "handle_chat_completions", "text": "handle_completions"}
Body = dict[str, Any]  # any: JSON
Hear = Callable[[Body], bool]


_one_at_a_time = threading.Lock()  # servers that start or end write to globals of llama.cpp's


class Engine:
    """A loaded model; `run` blocks and belongs into `submit`."""

    def __init__(self, path: Path) -> None:
        """Load the model, which blocks.

        Raises:
            ModelFileError: the file is missing, truncated, foreign or unsupported.
        """
        self.file = inspect(path)
        self.context = context_per_slot(self.file, available_memory())
        self._server = _load(self.file, self.context)
        self._pool = ThreadPoolExecutor(SLOTS, thread_name_prefix=f"gguf-{path.stem}")
        self._closing = False
        self._at_work: set[int] = set()

    @property
    def busy(self) -> int:
        """How many requests are running."""
        return len(self._at_work)

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Queue work in the engine's own threads, one per slot.

        Raises:
            CallFailed: the engine is closed.
        """
        try:
            return self._pool.submit(work)
        except RuntimeError as error:
            raise self._closed() from error

    def run(self, task: Task, body: Body, hear: Hear) -> None:
        """Send a streamed request; `hear` gets each piece of the reply and returns True to stop it.

        Raises:
            CallFailed: the request was not understood, or the engine was closed meanwhile.
        """
        if self._closing:
            raise self._closed()
        self._at_work.add(threading.get_ident())
        try:
            # No name for the method: a failure that is kept would keep the server by its traceback.
            getattr(self._server, _METHODS[task])({**body, "stream": True}, lambda piece: self._closing or hear(piece))
        except (RuntimeError, ValueError) as error:
            raise CallFailed("refused", f"llama.cpp refused the request: {error}") from error
        finally:
            self._at_work.discard(threading.get_ident())
        if self._closing:
            raise self._closed()

    def close(self) -> None:
        """Stop what runs, end the threads and free the memory; blocks until that is done."""
        self._closing = True
        self._pool.shutdown(wait=True)
        with _one_at_a_time:
            self._server = None

    def _closed(self) -> CallFailed:
        return CallFailed("cancelled", f"the model '{self.file.path}' was closed")


def context_per_slot(file: GgufFile, memory: int) -> int:
    """Choose how many tokens a request may hold: the model's limit, as far as the memory (bytes) allows."""
    room = memory // MEMORY_SHARE // (SLOTS * file.cache_bytes) if file.cache_bytes else MOST_CONTEXT
    fitting = max(LEAST_CONTEXT, min(MOST_CONTEXT, room))
    return min(file.context or fitting, fitting)


def _load(file: GgufFile, context: int) -> Any:  # any: xllamacpp carries no types
    with _one_at_a_time, _closed_door() as door:
        xllamacpp = _library()
        params = _parameters(xllamacpp.CommonParams(), file, context)
        params.hostnames = [door]
        try:
            server = xllamacpp.Server(params)
        except RuntimeError as error:
            what = f"cannot be loaded by llama.cpp (architecture '{file.architecture}')"
            raise ModelFileError(f"model file '{file.path}' {what}", problem="unsupported") from error
        # A server that is destroyed before its loop runs waits for ever: the first request shows that it runs.
        server.handle_completions({"prompt": "1", "max_tokens": 1}, lambda piece: False)
    return server


def _library() -> Any:  # any: as above
    """Import llama.cpp so that its threads sleep while they wait for each other.

    They spin by default, which on a machine with other work to do takes ten times as long. OpenMP reads the variable
    once, when it is loaded; child processes are not to inherit it.
    """
    variable = "OMP_WAIT_POLICY"
    chosen = os.environ.get(variable)
    os.environ[variable] = chosen or "passive"
    try:
        return import_module("xllamacpp")
    finally:
        if chosen is None:
            del os.environ[variable]


def _parameters(params: Any, file: GgufFile, context: int) -> Any:  # any: xllamacpp carries no types
    params.model.path = str(file.path)
    params.n_parallel = SLOTS
    params.n_ctx = SLOTS * context
    params.n_batch = params.n_ubatch = BATCHES[(file.parameters >= SMALL) + (file.parameters >= LARGE)]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1 if file.parameters < SMALL else cores()
    params.cache_ram_mib = 0  # prompts of earlier requests would take up to 8 GiB
    params.warmup = False  # the first request is one
    params.verbosity = -1  # llama.cpp's log goes to stderr
    params.ui = params.endpoint_slots = False
    params.n_threads_http = 1
    params.api_keys = [secrets.token_hex(32)]
    return params


@contextmanager
def _closed_door() -> Iterator[str]:
    """An address for the listener that llama.cpp always opens: a socket file that is gone once the model is loaded.

    Where no such file can be made the listener stays on the loopback, closed by the random key.
    """
    with tempfile.TemporaryDirectory(prefix="symposium-", ignore_cleanup_errors=True) as folder:
        door = str(Path(folder, "door.sock"))
        yield door if _can_be_socket(door) else "127.0.0.1"


def _can_be_socket(path: str) -> bool:
    import socket

    return hasattr(socket, "AF_UNIX") and len(path.encode()) <= LONGEST_SOCKET


@dataclass
class _Place:
    """One model file's place in the process."""

    loading: threading.Lock = field(default_factory=threading.Lock)
    engine: Engine | None = None
    users: int = 0


Key = tuple[Path, int, int]
_places: dict[Key, _Place] = {}
_counting = threading.Lock()


class Lease:
    """A share in a model file's engine, which is loaded once and closed with its last lease; both block."""

    def __init__(self, path: Path) -> None:
        """Load the model or share the loaded one.

        Raises:
            ModelFileError: the file is missing, truncated, foreign or unsupported.
        """
        self._key = _identity(path)
        with _counting:
            place = _places.setdefault(self._key, _Place())
            place.users += 1
        try:
            with place.loading:
                self.engine = place.engine = place.engine or Engine(path)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Give the share back."""
        with _counting:
            place = _places[self._key]
            place.users -= 1
            last = place.users == 0
            if last:
                del _places[self._key]
        if last and place.engine is not None:
            place.engine.close()


def _identity(path: Path) -> Key:
    """A file that was written anew is another model."""
    try:
        stat = path.stat()
    except OSError:
        return path, 0, 0  # the engine says what is wrong
    return path, stat.st_mtime_ns, stat.st_size
