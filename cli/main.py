"""The entry point of the `symposium` command, and the one place where errors become exit codes."""

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (the process's own if none are given) and give its exit code."""
    try:
        from symposium.cli.app import invoke  # inside, so that Ctrl-C while it loads is told in one line, too

        code = invoke(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        from symposium.cli.errors import reported

        return reported(error)
    return code


def run() -> NoReturn:
    """Run the command as a process.

    What imports make is no garbage: without looking for it the process starts and ends with a third less work. The
    collector is back as soon as the first member is called, see `session`.
    """
    gc.disable()
    code = main()
    gc.freeze()
    sys.exit(code)
