"""Exceptions as text for logs and dead letters, without their own text, which may repeat personal data."""

import sys
import threading
from traceback import walk_stack

from schemas.errors import CrossdockError


def describe(error: Exception) -> str:
    """Return the sentence of one of our exceptions, kind and location of any other."""
    return str(error) if isinstance(error, CrossdockError) else location(error)


def location(error: BaseException) -> str:
    """Return the kind of an exception and where it was raised, `KeyError in fold, line 71`; never its text."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"


def stack(error: BaseException) -> list[str]:
    """Return the stack of an exception, outermost first, as `module:line`."""
    frames = []
    trace = error.__traceback__
    while trace:
        frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames


def thread_stack(name: str) -> list[str]:
    """Return the present stack of a thread, outermost first, as `module:line`."""
    ident = next((thread.ident for thread in threading.enumerate() if thread.name == name), None)
    frame = sys._current_frames().get(ident) if ident else None  # noqa: SLF001 - documented, underscore or not
    stack = walk_stack(frame) if frame else ()
    return [f"{entry.f_globals.get('__name__', '?')}:{line}" for entry, line in stack][::-1]
