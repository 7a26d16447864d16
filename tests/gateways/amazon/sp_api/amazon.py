"""Amazon's Selling Partner API on loopback, with the answers that a test sets."""

import json
import socket
from urllib.parse import urlsplit

from tests.gateways.http.server import Received, Respond, Server, answer


class Amazon:
    """Answers by path. `answers` are those of operations, by the end of the path."""

    def __init__(self, server: Server) -> None:
        """Answer the requests of *server*."""
        self.server = server
        self.answers: dict[str, Respond] = {"/auth/o2/token": token("token-1")}
        server.respond = self._respond

    def sent(self, ending: str) -> list[Received]:
        """Return the requests to an operation."""
        return [request for request in self.server.requests if urlsplit(request.target).path.endswith(ending)]

    def _respond(self, received: Received, connection: socket.socket) -> None:
        path = urlsplit(received.target).path
        respond = next((found for ending, found in self.answers.items() if path.endswith(ending)), answer(404, "{}"))
        respond(received, connection)


def token(value: str) -> Respond:
    """Answer a sign-in with this token."""
    return answer(200, json.dumps({"access_token": value, "token_type": "bearer", "expires_in": 3600}))


def the_order(order: object) -> Respond:
    """Answer getOrder with this order."""
    return answer(200, json.dumps({"order": order}))
