"""The provider `symbolic:<name>`: rule-based minds, which check what others wrote and have no answer of their own."""

from collections.abc import AsyncGenerator, Callable, Mapping

from symposium.ledger.records import ConfigurationError, Usage, nearest
from symposium.models.member import estimated_tokens
from symposium.models.provider import Chunk, Endpoint, Feature, Request
from symposium.tools.findings import findings


class Arithmetic:
    """Checks the equations in the last message exactly, and quotes the first passage with a wrong one.

    It sees written steps only: of a bare question, such as `What is 17*24?`, it computes nothing.
    """

    features: frozenset[Feature] = frozenset({"checks"})

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Yield what was found in one line, `wrong: 94*85=7930 (it is 7990)` for one, and the estimated usage."""
        read = request.messages[-1]["content"]
        said = str(findings(read))
        yield Chunk(text=said)
        usage = Usage(input=estimated_tokens(read), output=estimated_tokens(said), estimated=True)
        yield Chunk(usage=usage, finish="stop")

    async def warm(self) -> None:
        """Do nothing: rules are always ready."""

    async def aclose(self) -> None:
        """Do nothing: rules hold nothing."""


MINDS: Mapping[str, Callable[[], Endpoint]] = {"arithmetic": Arithmetic}


def mind(name: str) -> Endpoint:
    """Make the symbolic mind of that name.

    Raises:
        ConfigurationError: there is none; names the known ones.
    """
    if name not in MINDS:
        raise ConfigurationError(f"no symbolic mind '{name}'; {nearest(name, MINDS)}")
    return MINDS[name]()
