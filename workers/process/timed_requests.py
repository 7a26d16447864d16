"""Requests of the servers of console and intake: each has to arrive whole, head and body, within a time.

A client that sends a byte now and then would otherwise keep its connection, and a place among the requests, for ever.
"""

from asyncio import TimerHandle, Transport
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""From the connection, or the first byte of a further request, to the end of the head."""

BODY_SECONDS = 120.0
"""From the end of the head to the end of the body: 64 MiB, the largest file, at 5 Mbit/s."""


class TimedRequests(H11Protocol):
    """uvicorn's protocol, which by itself waits for ever."""

    head_seconds, body_seconds = HEAD_SECONDS, BODY_SECONDS
    _deadline: TimerHandle | None = None
    _awaited: Any = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for the first request, and send what answers it without delay."""
        super().connection_made(transport)
        # asyncio does so only for sockets that name their protocol, which those of `socket.create_server` do not. Each
        # body would wait for the client to acknowledge the head, 40 ms.
        transport.get_extra_info("socket").setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        self._await(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request, and begin, go on or end to wait for the rest."""
        super().data_received(data)
        self._await(self.conn.their_state)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._await(None)

    def _await(self, state: Any) -> None:
        """Wait for the rest of a head or of a body, with the time that is left of it."""
        seconds = {h11.IDLE: self.head_seconds, h11.SEND_BODY: self.body_seconds}.get(state)
        if self._deadline and state is self._awaited and seconds:
            return
        if self._deadline:
            self._deadline.cancel()
        self._awaited = state
        self._deadline = self.loop.call_later(seconds, self.transport.abort) if seconds else None
