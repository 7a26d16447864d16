"""Faults of Crossdock itself: an exception that nobody handles is shown without its text, which may repeat data."""

import sys
import threading
from traceback import walk_tb


def report_faults_of_threads() -> None:
    """Show the unhandled exceptions of this process's threads as `report_fault` does."""
    threading.excepthook = _report_of_thread


def report_fault(error: BaseException) -> None:
    """Show an exception as its kind and the places in the code, on standard error."""
    places = [
        f"  {frame.f_globals.get('__name__', '?')}:{line} in {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    fault = (
        f"crossdock: {type(error).__name__}. This is a fault in Crossdock; its text may repeat data and is not shown."
    )
    print("\n".join([*places, fault]), file=sys.stderr)  # noqa: T201 - the last words of a command


def _report_of_thread(fault: threading.ExceptHookArgs) -> None:
    if fault.exc_value is not None and not isinstance(fault.exc_value, SystemExit):
        report_fault(fault.exc_value)
