"""How an error becomes one line and an exit code; nothing else of the command prints errors."""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any

import typer

from symposium.cli.exits import Exit
from symposium.cli.terminal import clean
from symposium.ledger.records import CallFailed, ConfigurationError, LimitReached, UsageError, nearest

DEBUG = "SYMPOSIUM_DEBUG"
CODES: dict[type[BaseException], Exit] = {
    UsageError: Exit.USAGE,
    ConfigurationError: Exit.CONFIGURATION,
    LimitReached: Exit.BUDGET,
    CallFailed: Exit.NO_ANSWER,
    KeyboardInterrupt: Exit.INTERRUPTED,
}


def reported(error: BaseException) -> int:
    """Tell the error on stderr in one line and give the exit code; a traceback comes only with SYMPOSIUM_DEBUG=1."""
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return _unheard()
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    code, words = _told(error)
    with contextlib.suppress(OSError, ValueError):  # stderr itself may be closed
        print(f"symposium: {' '.join(clean(words).split())}", file=sys.stderr)
    return code


def _told(error: BaseException) -> tuple[Exit, str]:
    for kind, code in CODES.items():
        if isinstance(error, kind):
            return code, str(error) or "interrupted"
    if hasattr(error, "format_message"):  # typer's own; the class has moved between its versions
        return Exit.USAGE, _misused(error)
    hint = "" if os.environ.get(DEBUG) else f"; set {DEBUG}=1 to see where"
    return Exit.BROKEN, f"this should not have happened: {type(error).__name__}: {error}{hint}"


def _misused(error: Any) -> str:  # Any: typer's errors share no public base
    unknown, context = getattr(error, "option_name", None), getattr(error, "ctx", None)
    if unknown and type(error).__name__ == "NoSuchOption" and context is not None:
        return f"unknown option '{unknown}' of '{context.command_path}'; {nearest(unknown, _options(context))}"
    words: str = error.format_message()
    where = f" ({context.command_path} --help)" if context is not None else ""
    return f"{words[:1].lower()}{words[1:].rstrip('.')}{_value(error)}{where}"


def _value(error: BaseException) -> str:
    """The value that could not be read, which typer leaves out of its words."""
    problems = getattr(error.__cause__, "errors", None)
    return f": {problems()[0]['input']!r}" if problems else ""


def _options(context: Any) -> Iterable[str]:
    return [name for param in context.command.get_params(context) for name in param.opts if name.startswith("--")]


def _unheard() -> int:
    """Whoever read our output has gone; keep the interpreter from trying again when it closes its streams."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return Exit.PIPE
