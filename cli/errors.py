"""How an error becomes one line and an exit code; nothing else of the command prints errors."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterable
from typing import Any, TextIO, TypeGuard

import typer

from symposium.cli.exits import Exit
from symposium.cli.terminal import clean
from symposium.ledger.records import CallFailed, ConfigurationError, LimitReached, UsageError, nearest

DEBUG = "SYMPOSIUM_DEBUG"
UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)  # what writing a stream can end with
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
    if _is_unwritten(error):
        _silence(sys.stdout)
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
    if _is_unwritten(error):
        return Exit.UNWRITTEN, f"cannot write the answer: {error.strerror}"
    if hasattr(error, "format_message"):  # typer's own; the class has moved between its versions
        return Exit.USAGE, _misused(error)
    hint = "" if os.environ.get(DEBUG) else f"; set {DEBUG}=1 to see where"
    return Exit.BROKEN, f"this should not have happened: {type(error).__name__}: {error}{hint}"


def _misused(error: Any) -> str:  # Any: typer's errors share no public base
    unknown, context = getattr(error, "option_name", None), getattr(error, "ctx", None)
    if unknown and type(error).__name__ == "NoSuchOption" and context is not None:
        nearby = nearest(unknown, _options(context))
        return f"unknown option '{unknown}' of '{context.command_path}'; {nearby}{_dashed(unknown, context)}"
    words: str = error.format_message()
    where = f" ({context.command_path} --help)" if context is not None else ""
    return f"{words[:1].lower()}{words[1:].rstrip('.')}{_value(error)}{where}"


def _dashed(unknown: str, context: Any) -> str:
    """What to do if it was not meant as an option."""
    asks = any(param.name == "question" for param in context.command.get_params(context))
    return "; put -- before a question that begins with a dash" if asks and not unknown.startswith("--") else ""


def _value(error: BaseException) -> str:
    """The value that could not be read, which typer leaves out of its words."""
    problems = getattr(error.__cause__, "errors", None)
    return f": {problems()[0]['input']!r}" if problems else ""


def _options(context: Any) -> Iterable[str]:
    return [name for param in context.command.get_params(context) for name in param.opts if name.startswith("--")]


def _is_unwritten(error: BaseException) -> TypeGuard[OSError]:
    """Say whether a stream could not be written; an error of a named file is another matter."""
    return isinstance(error, OSError) and error.filename is None and error.errno in UNWRITTEN


def _unheard() -> int:
    """Whoever read our output has gone."""
    _silence(sys.stdout, sys.stderr)
    return Exit.PIPE


def _silence(*streams: TextIO | None) -> None:
    """Keep the interpreter from trying again when it closes its streams; one that was closed from the start is None."""
    for stream in streams:
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
