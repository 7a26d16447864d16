"""The simulated shop behind HTTP: authentication, rights, routing, and faults on the way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from gateways.simulator.rest import ims
from gateways.simulator.rest.control import CONTROL, control
from gateways.simulator.rest.errors import RestError
from gateways.simulator.rest.oauth import Consumer, check_signature
from gateways.simulator.rest.routes import Asked, find_route
from gateways.simulator.rest.shop import STORE_VIEWS, RestShop
from gateways.simulator.traffic import HttpAnswer, HttpRequest, Trouble


@dataclass
class RestServer:
    """One shop with the credentials of one integration. Bearer tokens are refused unless `bearer_allowed`."""

    shop: RestShop
    consumer: Consumer = field(default_factory=Consumer)
    trouble: Trouble = field(default_factory=Trouble)
    bearer_allowed: bool = False
    ims_tokens: set[str] = field(default_factory=set)
    missing_rights: set[str] = field(default_factory=set)
    in_maintenance: bool = False
    calls: int = 0

    def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""
        if request.target.startswith(CONTROL):
            return control(self.shop, self.trouble, request)
        self.calls += 1
        if self.in_maintenance:
            return HttpAnswer(503, b"<html><h1>Service Temporarily Unavailable</h1></html>", "text/html")
        if self.trouble.throttles():
            return HttpAnswer(429, b'{"message":"Too Many Requests"}', headers=(("retry-after", "1"),))
        try:
            answer = HttpAnswer(200, json.dumps(self._carry_out(request)).encode())
        except RestError as error:
            answer = HttpAnswer(error.status, error.body(), error.content_type)
        headers = (("set-cookie", "PHPSESSID=1; path=/"), ("date", format_datetime(self.shop.clock(), usegmt=True)))
        return self.trouble.delivered(answer._replace(headers=headers), request)

    def _carry_out(self, request: HttpRequest) -> object:
        path, _, query = request.target.partition("?")
        if path in ims.PATHS:
            content_type = request.headers.get("content-type", "")
            issued = ims.access_token(content_type, request.body, self.shop.clock().timestamp())
            self.ims_tokens.add(str(issued["access_token"]))
            return issued
        store, below = self._store_and_path(path, request.headers)
        route = find_route(request.method, below)
        self._check_access(request, route.right)
        pairs = parse_qsl(query, keep_blank_values=True)
        asked = Asked(self.shop, [unquote(part) for part in route.path], pairs, _body(request), store)
        return route.operation(asked)

    def _store_and_path(self, path: str, headers: Mapping[str, str]) -> tuple[str, str]:
        """Return the store view and the path below `/V1`: from `/rest/STORE/V1/…`, or `/V1/…` with a header."""
        before, version, below = path.partition("/V1/")
        if not version or (before not in ("", "/rest") and not before.startswith("/rest/")):
            raise RestError(404, "Request does not match any route.")
        store = before.removeprefix("/rest").strip("/") or headers.get("store", "default")
        if store not in (*STORE_VIEWS, "all", "V1"):
            raise RestError(400, "Specified request cannot be processed.")
        return ("default" if store in ("all", "V1") else store), f"/{below}"

    def _check_access(self, request: HttpRequest, right: str) -> None:
        authorization = request.headers.get("authorization", "")
        kind, _, value = authorization.partition(" ")
        if kind.lower() == "oauth":
            url = f"http://{request.headers.get('host', '')}{request.target}"
            check_signature(self.consumer, request.method, url, authorization)
        elif kind.lower() != "bearer" or not self._knows(value):
            raise _no_right(right)
        if right in self.missing_rights:
            raise _no_right(right)

    def _knows(self, bearer: str) -> bool:
        return bearer in self.ims_tokens or (self.bearer_allowed and bearer == self.consumer.token)


def _no_right(right: str) -> RestError:
    return RestError(401, "The consumer isn't authorized to access %resources.", {"resources": right})


def _body(request: HttpRequest) -> object:
    if not request.body or request.method == "GET":
        return None
    content_type = request.headers.get("content-type", "").split(";")[0]
    if content_type != "application/json":
        raise RestError(400, f"Server cannot understand Content-Type HTTP header media type {content_type}")
    try:
        return json.loads(request.body)
    except ValueError:
        raise RestError(400, "Decoding error.") from None
