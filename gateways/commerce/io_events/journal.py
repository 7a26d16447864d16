"""The journal of Adobe I/O Events: the events of the last seven days, for those that were not delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urljoin

from gateways.commerce.ims import IMS_ERRORS, ImsKeys, ims_token
from gateways.errors import CallFailedError
from gateways.http.call import Call, Reply
from gateways.http.client import Conditions, HttpClient
from gateways.http.error_log import ErrorLog
from gateways.http.outcome import Outcome
from gateways.http.problem import Problem

IDLE = 30.0
"""Seconds until the next look when the journal states no wait of its own."""


class JournalPage(NamedTuple):
    """Events of the journal, the address of the next ones, and the seconds until it is worth asking for them."""

    events: tuple[Mapping[str, Any], ...]
    next_url: str
    wait: float


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one registration, read with the credentials of its project."""

    url: str
    http: HttpClient
    sign_in: HttpClient

    @classmethod
    def open(cls, url: str, keys: ImsKeys, ims_url: str, error_log: ErrorLog) -> "Journal":
        """Open the journal at *url*, as Adobe's developer console shows it."""
        sign_in = HttpClient("adobe", ims_url, errors=IMS_ERRORS, conditions=Conditions(error_log=error_log))
        base = urljoin(url, "/").rstrip("/")
        http = HttpClient(
            "adobe", base, ims_token(keys, sign_in, "x-ims-org-id"), None, Conditions(2, error_log=error_log)
        )
        return cls(url, http, sign_in)

    def page(self, url: str | None) -> JournalPage:
        """Return the page at an address that an earlier one gave, the oldest there is without one.

        Raises CallFailedError, and CallRefusedError where the address is one no longer.
        """
        asked = url or self.url
        reply = self.http.call(Call("read the journal of events", "GET", asked))
        entries = reply.data.get("events") if isinstance(reply.data, dict) else []
        if not isinstance(entries, list):
            problem = Problem("unexpected", "The journal's answer does not have the form of its description.")
            raise CallFailedError(problem.sentence, Outcome.BROKEN, problem)
        events = tuple(
            entry["event"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("event"), dict)
        )
        return JournalPage(events, self._next(reply, asked), 0.0 if entries else reply.retry_after or IDLE)

    def close(self) -> None:
        """Close the connections."""
        self.http.close()
        self.sign_in.close()

    def _next(self, reply: Reply, asked: str) -> str:
        """Return the address of `Link: <…>; rel="next"`; one of another host would get the credentials of this."""
        for link in reply.headers.get("link", "").split(","):
            address, _, relation = link.partition(";")
            following = urljoin(self.url, address.strip().strip("<>"))
            if 'rel="next"' in relation.replace(" ", "") and following.startswith(urljoin(self.url, "/")):
                return following
        return asked
