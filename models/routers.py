"""The trained routers: that of the bundled minds lies with them, one's own beside the symposium.toml."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from symposium.models import zoo
from symposium.models.member import Member
from symposium.tools.routing import Router, read

BUNDLED = zoo.FOLDER / "router.json.gz"
OWN = "symposium.router.json"


def router(cast: Sequence[Member], files: Iterable[Path] = ()) -> Router | None:
    """Find the router that knows most of these members, one's own before the bundled one; None where none knows any.

    `files` are those that configure members.

    Raises:
        ConfigurationError: a router's file cannot be used.
    """
    found = [one for one in map(_of, _places(files)) if known(one, cast)]
    return max(found, key=lambda one: len(known(one, cast)), default=None)


def known(router: Router, cast: Iterable[Member]) -> list[Member]:
    """The members that a router was trained on; a bundled mind whose file has changed since is none of them."""
    return [member for member in cast if member.model in router.digests and _same(router.digests[member.model], member)]


def known_models(files: Iterable[Path] = ()) -> list[str]:
    """Tell for which models there is a router."""
    return sorted({model for place in _places(files) for model in _of(place).digests})


def _same(digest: str | None, member: Member) -> bool:
    present = zoo.about(member.target).get("sha256") if member.provider == "gguf" else None
    return None in (digest, present) or digest == present


def _places(files: Iterable[Path]) -> list[Path]:
    places = [*(path.parent / OWN for path in reversed([*files])), BUNDLED]
    return [place for place in places if place.is_file()]


def _of(place: Path) -> Router:
    found = place.stat()
    return _read(place, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)  # a context asks for it with every request
def _read(place: Path, written: int, size: int) -> Router:
    return read(place)
