"""Streams of bytes cut into what they carry: the events of an SSE stream, or one JSON text per line."""

from collections.abc import Iterator

BOM = b"\xef\xbb\xbf"  # what some servers begin with


class Lines:
    """Cuts a stream into its lines, whatever its pieces; a line ends with LF, CR LF or CR."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece and give the lines that are complete now, without their ends."""
        piece = self._rest + piece
        end = max(piece.rfind(b"\n"), piece.rfind(b"\r", 0, -1)) + 1  # a CR at the very end may be half of a CR LF
        self._rest = piece[end:]
        return piece[:end].splitlines()

    def end(self) -> list[bytes]:
        """Give what is left when the stream has ended."""
        rest, self._rest = self._rest, b""
        return rest.splitlines()


class Records(Lines):
    """The texts of a stream with one JSON text per line; empty lines are none."""

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece and give the texts that are complete now."""
        return [line for line in super().feed(piece) if line]

    def end(self) -> list[bytes]:
        """Give the last text, which needs no end of its line."""
        return [line for line in super().end() if line]


class Events:
    """The data of a stream of server-sent events; comments, names and identities are passed over."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._held: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """Take a piece and give the data of the events that are complete now."""
        return list(self._read(self._lines.feed(piece)))

    def end(self) -> list[bytes]:
        """Give the data of the last event, which some servers forget to end with an empty line."""
        return list(self._read([*self._lines.end(), b""]))

    def _read(self, lines: list[bytes]) -> Iterator[bytes]:
        for line in (line.removeprefix(BOM) for line in lines):
            if line.startswith(b"data:"):
                self._held.append(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._held:
                yield self._held[0] if len(self._held) == 1 else b"\n".join(self._held)
                self._held = []
