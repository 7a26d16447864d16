"""Faults in our own code: what may be said of one in a log or a letter. Its text may repeat personal data."""

import sys
import threading
from traceback import walk_stack

from schemas.errors import CrossdockError


def describe(error: Exception) -> str:
    """Return what may be said of an exception: the sentence of one of ours, kind and place of any other."""
    return str(error) if isinstance(error, CrossdockError) else location(error)


def location(error: BaseException) -> str:
    """Return the kind of an exception and where it was raised, `KeyError in fold, line 71`; never its text."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"


def stack(error: BaseException) -> list[str]:
    """Return the way to that place, outermost first, as `module:line`."""
    steps = []
    trace = error.__traceback__
    while trace:
        steps.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
        trace = trace.tb_next
    return steps


def thread_stack(name: str) -> list[str]:
    """Return the way to where a thread is now, outermost first, as `module:line`."""
    ident = next((thread.ident for thread in threading.enumerate() if thread.name == name), None)
    frame = sys._current_frames().get(ident) if ident else None  # noqa: SLF001 - documented, underscore or not
    steps = [f"{step.f_globals.get('__name__', '?')}:{line}" for step, line in walk_stack(frame)] if frame else []
    return steps[::-1]
