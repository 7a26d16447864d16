"""The port to the outside: what workers may ask of Amazon and Commerce, whoever stands behind it."""

from collections.abc import Sequence
from typing import Protocol

from schemas.errors import RetryableError
from schemas.gateway_requests import Answer, Request

Result = Answer | RetryableError
"""What became of one request: the other side's answer, or a failure that passes."""


class Gateways(Protocol):
    """Amazon and Commerce behind one door."""

    def perform(self, requests: Sequence[Request]) -> list[Result]:
        """Ask all requests and return one result a request, in their order.

        A failure that passes is the result of its own request, never an exception for all of them. How many
        are asked at once is the gateway's business. Asking again is harmless.
        """
        ...
