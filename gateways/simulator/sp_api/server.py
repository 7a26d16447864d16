"""The simulated marketplace behind HTTP: signing in, rates, operations, the queue of notifications, and the books.

All are at one address: `/auth/o2/token` signs in, `/000000000000/crossdock-notifications` is the queue, `/uploads/` has
the documents of feeds. `/control/` is the simulator's own: its books and traffic, and reports that place and change
orders.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from pydantic import TypeAdapter, ValidationError

from gateways.simulator import sqs
from gateways.simulator.description import Description
from gateways.simulator.sp_api import sign_in
from gateways.simulator.sp_api.account import Account, Accounts
from gateways.simulator.sp_api.books import books_of
from gateways.simulator.sp_api.call import SpApiCall
from gateways.simulator.sp_api.errors import SpApiError, denied, invalid, missing, used_up
from gateways.simulator.sp_api.feeds import UPLOADS
from gateways.simulator.sp_api.order_2026 import PERSONAL_ROLES
from gateways.simulator.sp_api.routes import Operation, find_operation
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble
from schemas.payloads import OrderPlaced, StatusChanged

CONTROL = "/control/"
SELLER_ID = "A1SIMULATEDSELLER"
DESCRIPTION = Description(Path(__file__).with_name("description.json"))

_REPORTS: TypeAdapter[list[OrderPlaced | StatusChanged]] = TypeAdapter(list[OrderPlaced | StatusChanged])


@dataclass
class AmazonServer:
    """The accounts of sellers, by one application's credentials. `may_see_personal_data`: it has the roles for it.

    The parts of the first seller's account are also the server's own. `url` is where it is served, for the addresses of
    documents. `violations` are the requests that differ from Amazon's description, which Amazon itself would let pass.
    """

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    may_see_personal_data: bool = True
    trouble: Trouble = field(default_factory=Trouble)
    seller_ids: Sequence[str] = (SELLER_ID,)
    url: str = ""
    violations: list[str] = field(default_factory=list)
    _requests: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Open the desks."""
        self.sign_in = sign_in.SignInDesk(self.clock, seller_ids=self.seller_ids)
        self.queue = sqs.SimulatedQueue(self.clock)
        roles = PERSONAL_ROLES if self.may_see_personal_data else frozenset()
        opener = Accounts(self.clock, roles, self.queue, count(1))
        self.accounts = {seller_id: opener.open(seller_id) for seller_id in self.seller_ids}
        first = self.accounts[self.seller_id]
        self.marketplace, self.rates, self.feeds = first.marketplace, first.rates, first.feeds
        self.reader, self.notifications = first.reader, first.notifications

    @property
    def seller_id(self) -> str:
        """The first seller's id."""
        return self.seller_ids[0]

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""
        for account in self.accounts.values():
            account.feeds.advance()
        path = request.target.partition("?")[0]
        if "x-amz-target" in request.headers:
            return self.queue.answer(request)
        try:
            if path.startswith(CONTROL):
                return self._control(request, path)
            if path == sign_in.PATH:
                return self.trouble.delivered(self.sign_in.answer(request), request)
            if path.startswith(UPLOADS):
                return self.trouble.delivered(self._document(request, path), request)
        except SpApiError as error:
            return _refused(error)
        return self.trouble.delivered(self._api(request, path), request)

    def _api(self, request: HttpRequest, path: str) -> HttpAnswer:
        self.violations += DESCRIPTION.request(request.method, request.target, request.body)
        headers = [("x-amzn-RequestId", f"00000000-0000-4000-8000-{next(self._requests):012}")]
        try:
            operation, parts = find_operation(request.method, path)
            answer = self._carried_out(request, operation, [unquote(part) for part in parts])
            headers.append(("x-amzn-RateLimit-Limit", f"{self.rates.plan(operation.name).rate:g}"))
        except SpApiError as error:
            answer = _refused(error)
        return answer._replace(headers=tuple(headers))

    def _carried_out(self, request: HttpRequest, operation: Operation, parts: list[str]) -> HttpAnswer:
        seller_id = self.sign_in.check(request.headers.get("x-amz-access-token"), grantless=operation.grantless)
        account = self._account(seller_id, parts)
        if self.trouble.throttles() or not account.rates.take(operation.name):
            raise used_up()
        query = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        call = SpApiCall(parts, query, request.body, self.url, request.headers)
        try:
            document = operation.carry_out(account, call)
        except SpApiError as error:
            return _refused(error)
        body = b"" if operation.status == 204 else json.dumps(document).encode()
        return HttpAnswer(operation.status, body, "application/json" if body else "")

    def _account(self, seller_id: str | None, parts: list[str]) -> Account:
        """Return the account of a call; without a seller that of the subscription it names, or the first."""
        if seller_id is not None:
            return self.accounts[seller_id]
        named = (account for account in self.accounts.values() if account.notifications.has(parts[-1] if parts else ""))
        return next(named, self.accounts[self.seller_id])

    def _document(self, request: HttpRequest, path: str) -> HttpAnswer:
        document_id = path.removeprefix(UPLOADS)
        desks = (account.feeds for account in self.accounts.values() if document_id in account.feeds.documents)
        feeds = next(desks, self.feeds)
        if request.method == "GET":
            return HttpAnswer(200, feeds.download(document_id), "text/xml")
        if request.method != "PUT":
            raise denied("The request signature does not match")
        feeds.upload(document_id, request.headers.get("content-type", ""), request.body)
        return HttpAnswer(200, b"", "")

    def _control(self, request: HttpRequest, path: str) -> HttpAnswer:
        query = dict(parse_qsl(request.target.partition("?")[2]))
        account = self.accounts.get(query.get("seller", self.seller_id))
        if account is None:
            raise missing("The seller")
        match request.method, path.removeprefix(CONTROL):
            case "GET", "books":
                books = books_of(account.marketplace, account.feeds, account.rates, self.queue, self.violations)
                return HttpAnswer(200, json.dumps(books).encode())
            case "GET", "traffic":
                traffic = {"calls": dict(account.rates.calls), "refused": dict(account.rates.refused)}
                return HttpAnswer(200, json.dumps(traffic).encode())
            case "POST", "reports":
                for report in _reports(request.body):
                    account.marketplace.take(report)
                return HttpAnswer(204, b"", "")
        raise missing("The control")


def _reports(body: bytes) -> list[OrderPlaced | StatusChanged]:
    try:
        return _REPORTS.validate_json(body)
    except ValidationError as error:
        raise invalid(f"No reports: {error.error_count()} errors.") from None


def _refused(error: SpApiError) -> HttpAnswer:
    return HttpAnswer(error.status, json.dumps(error.document).encode(), "application/json")
