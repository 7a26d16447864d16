"""The one HTTP client of a system: signs calls, keeps to its rate, classifies its replies, and logs failures."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock
from time import monotonic
from typing import NoReturn, ParamSpec, TypeVar

import structlog

from gateways.errors import CallFailedError, CallRefusedError, RateUsedUpError, ThrottledError
from gateways.http.authentication import Authentication, NoAuthentication
from gateways.http.call import TOO_MANY, Call, Reply
from gateways.http.error_log import ErrorLog, NoErrorLog
from gateways.http.no_reply import Limits, NoReplyError
from gateways.http.outcome import Outcome
from gateways.http.problem import ErrorFormat, PlainErrors, Problem
from gateways.http.rate_budget import NoBudget, RateBudget
from gateways.http.repeats import wait_before_repeat
from gateways.http.transport import Transport
from schemas.communication_errors import CommunicationError
from schemas.errors import RetryableError
from schemas.trace_context import TRACEPARENT

log = structlog.get_logger(__name__)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

MAX_RATE_WAIT = 5.0
"""Seconds that a call waits for its budget in its thread; a longer wait defers the call and frees the thread."""

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "crossdock"}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The limits of a client: calls at a time, limits of each call, the rate budget, and where failures are logged.

    `seller` is the one of several sellers whom the client calls for: messages and the log name it.
    """

    calls: int = 8
    limits: Limits = field(default_factory=Limits)
    budget: RateBudget = field(default_factory=NoBudget)
    error_log: ErrorLog = field(default_factory=NoErrorLog)
    seller: str | None = None


class HttpClient:
    """Calls one external system over kept connections. Safe to be used by several threads; see gateways.http."""

    def __init__(
        self,
        system: str,
        base_url: str,
        authentication: Authentication | None = None,
        errors: ErrorFormat | None = None,
        conditions: Conditions | None = None,
    ) -> None:
        """Call *system*, a name such as `commerce`, at *base_url*; only calls below it are signed."""
        self.system = system
        self._base = base_url.rstrip("/")
        self._authentication = authentication or NoAuthentication()
        self._errors = errors or PlainErrors()
        self._conditions = conditions or Conditions()
        self._whom = f" for the seller {self._conditions.seller}" if self._conditions.seller else ""
        self._transport = Transport(self._conditions.calls, self._conditions.limits)
        self._threads = ThreadPoolExecutor(self._conditions.calls, thread_name_prefix=f"{system}-call")
        self._closed = Event()
        self._at_work = 0
        self._at_work_lock = Lock()

    def call(self, call: Call) -> Reply:
        """Make a call and return its reply: done, or refused with a status that `Call.answers` names.

        It is repeated at once where that may bring the reply; see gateways.http.repeats. Raises CallRefusedError for
        other refusals, CallFailedError when it is blocked, broken or to be tried later, and RateUsedUpError when the
        rate budget has it wait longer than MAX_RATE_WAIT.
        """
        result = self._try(call)
        if isinstance(result, NoReplyError):
            self._fail(call, result.outcome, result.problem)
        return self._judged(call, result)

    def submit(
        self, work: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Have *work*, which makes one or several calls in turn, done by the next of the client's threads."""
        self._count(1)
        # With the trace of the request, if it has one.
        future = self._threads.submit(copy_context().run, partial(work, *args, **kwargs))
        future.add_done_callback(lambda _: self._count(-1))
        return future

    @property
    def free_callers(self) -> int:
        """The threads that have nothing to do; below 0, work that waits for one."""
        return self._conditions.calls - self._at_work

    def _count(self, change: int) -> None:
        with self._at_work_lock:
            self._at_work += change

    def close(self) -> None:
        """Drop the work that has not begun, and close the connections; calls under way end by their limits."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    def _try(self, call: Call) -> Reply | NoReplyError:
        """Send a call, and again at once where that may help; return the outcome of the last try."""
        self._wait_for_budget(call)
        began, tries = monotonic(), 1
        result = self._send_signed(call)
        while (wait := wait_before_repeat(call, result, tries, monotonic() - began)) is not None:
            log.info("call repeated", system=self.system, operation=call.operation, order_id=call.order_id, tries=tries)
            self._wait(call, wait)
            self._wait_for_budget(call)
            result, tries = self._send_signed(call), tries + 1
        return result

    def _send_signed(self, call: Call) -> Reply | NoReplyError:
        """Send a call once; with other credentials once more, if it was refused for those that were."""
        try:
            reply = self._send(call)
            if self._errors.outcome(reply) is Outcome.BLOCKED and self._authentication.renew():
                reply = self._send(call)
        except NoReplyError as error:
            return error
        return reply

    def _wait_for_budget(self, call: Call) -> None:
        wait = self._conditions.budget.take(call, MAX_RATE_WAIT) if call.budget else 0.0
        if wait is None:
            raise RateUsedUpError(
                f"The rate of {self.system}{self._whom} is used up for now: {call.operation} waits.", MAX_RATE_WAIT
            )
        self._wait(call, wait)

    def _wait(self, call: Call, seconds: float) -> None:
        if seconds > 0 and self._closed.wait(seconds):
            raise RetryableError(f"Crossdock is stopping: {call.operation} was not sent.")

    def _send(self, call: Call) -> Reply:
        url = call.url if "://" in call.url else self._base + call.url
        signature = self._authentication.headers(call, url) if url.startswith(f"{self._base}/") else {}
        payload = call.payload
        content_type = {"Content-Type": "application/json"} if call.body is not None else {}
        traceparent = TRACEPARENT.get()
        trace = {"traceparent": traceparent} if traceparent else {}
        headers = {**HEADERS, **content_type, **call.headers, **signature, **trace}
        reply = self._transport.send(call.method, url, headers, payload, call.as_bytes)
        self._conditions.budget.observe(call, reply)
        return reply

    def _judged(self, call: Call, reply: Reply) -> Reply:
        outcome = self._errors.outcome(reply)
        if outcome is Outcome.DONE or (outcome is Outcome.REFUSED and reply.status in call.answers):
            return reply
        problem = self._errors.problem(reply)
        if outcome is not Outcome.REFUSED:
            self._fail(call, outcome, problem, reply)
        self._log(call, outcome, problem)
        raise CallRefusedError(self._text(call, problem), reply, problem)

    def _fail(self, call: Call, outcome: Outcome, problem: Problem, reply: Reply | None = None) -> NoReturn:
        alike = self._log(call, outcome, problem)
        kind = ThrottledError if reply and reply.status == TOO_MANY else CallFailedError
        raise kind(self._text(call, problem), outcome, problem, alike, reply.retry_after if reply else None) from None

    def _text(self, call: Call, problem: Problem) -> str:
        return f"{self.system.capitalize()} failed to {call.operation}{self._whom}: {problem.sentence}"

    def _log(self, call: Call, outcome: Outcome, problem: Problem) -> int:
        error = CommunicationError(
            system=self.system,
            operation=call.operation,
            outcome=outcome,
            code=problem.code,
            sentence=problem.sentence,
            seller=self._conditions.seller,
            store_id=call.store_id,
            amazon_order_id=call.order_id,
            request_id=problem.request_id,
        )
        log.warning(
            "communication error",
            system=self.system,
            operation=call.operation,
            outcome=outcome,
            code=problem.code,
            seller=self._conditions.seller,
            store_id=call.store_id,
            order_id=call.order_id,
            request_id=problem.request_id,
        )
        return self._conditions.error_log.add(error)
