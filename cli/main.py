"""The entry point of the `symposium` command, and the one place where errors become exit codes."""

import errno
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (the process's own if none are given) and give its exit code."""
    try:
        _check_streams()
        from symposium.cli.app import invoke  # inside, so that Ctrl-C while it loads is told in one line, too

        code = invoke(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        from symposium.cli.errors import reported

        return reported(error)
    return code


def _check_streams() -> None:
    """Python has None for a stream that was closed from the start, and prints to stdout what is meant for None.

    Raises:
        OSError: nothing can be written to stdout.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - lasts as long as the process
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def run() -> NoReturn:
    """Run the command as a process.

    What imports make is no garbage: without looking for it the process starts and ends with a third less work. The
    collector is back as soon as the first member is called, see `session`.
    """
    gc.disable()
    code = main()
    gc.freeze()
    sys.exit(code)
