"""A TCP proxy between a client and a server that delays, cuts, slows down, slices or swallows their bytes."""

import asyncio
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

CHUNK = 65536
COMMIT = b"COMMIT\x00"
"""The request of a commit by PostgreSQL's clients: a simple query."""

ANSWER_TIMEOUT = 120.0
"""Seconds for the proxy's thread to do what it is asked, on a busy machine."""

RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class NetworkConditions:
    """The proxy's treatment of connections.

    `latency`: seconds by which each piece is delayed. `rate`: bytes a second. `sliced`: one byte at a time.
    `blackhole`: connections whose first bytes contain this are swallowed, both ways (b"" is all of them). `refused`:
    new connections are reset. `commits_to_lose`: the number of answers to COMMIT that are swallowed, with their
    connections cut.
    """

    latency: float = 0.0
    rate: float | None = None
    sliced: bool = False
    blackhole: bytes | None = None
    refused: bool = False
    commits_to_lose: int = 0


NORMAL = NetworkConditions()


@dataclass(slots=True, eq=False)
class _Connection:
    ends: list[tuple[asyncio.StreamWriter, socket.socket | None]] = field(default_factory=list)
    beginning: bytes = b""
    losing: bool = False

    def add(self, writer: asyncio.StreamWriter) -> None:
        # Kept from the beginning: a TLS transport that has ended raises when it is asked for its socket.
        self.ends.append((writer, writer.get_extra_info("socket")))

    def cut(self) -> None:
        for writer, end in self.ends:
            with suppress(OSError):
                if end:  # none where TLS ended at once
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            writer.transport.abort()


class Proxy:
    """Listens on a port of 127.0.0.1 and relays to another, in its own thread. Counts the effects of its conditions."""

    def __init__(self, server_port: int, tls: ssl.SSLContext | None = None) -> None:
        """Open at once. With *tls*, terminate it: clients speak TLS, and the server gets the plain bytes."""
        self.conditions = NORMAL
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._server_port = server_port
        self._tls = tls
        self._links: set[_Connection] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._do(self._open())

    def cut(self) -> int:
        """Reset all connections; return how many there were."""
        cut: int = self._do(self._cut())
        return cut

    def cut_one(self, random: Random) -> int:
        """Reset one of the connections; return 1, or 0 when there is none."""
        cut: int = self._do(self._cut_one(random))
        return cut

    def close(self) -> None:
        """Reset all connections, and accept no more."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_TIMEOUT)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> int:
        links = list(self._links)
        for link in links:
            link.cut()
        self.counts["connections cut"] += len(links)
        return len(links)

    async def _cut_one(self, random: Random) -> int:
        if not self._links:
            return 0
        random.choice(list(self._links)).cut()
        self.counts["connections cut"] += 1
        return 1

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)  # one that was accepted just now begins, or it would stay open
        await self._cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Connection()
        link.add(writer)
        if self.conditions.refused:
            self.counts["connections refused"] += 1
            link.cut()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
            link.add(far_writer)
            self._links.add(link)
            await asyncio.gather(
                self._carry(link, reader, far_writer, up=True), self._carry(link, far_reader, writer, up=False)
            )
        except OSError:
            link.cut()
        except asyncio.CancelledError:
            pass  # by `_end`; the server that started this task would log it as a fault
        finally:
            self._links.discard(link)
            for open_writer, _ in link.ends:
                open_writer.close()

    async def _carry(
        self, link: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if up:
                    link.beginning += data if len(link.beginning) < CHUNK else b""
                if await self._pass(link, data, up=up):
                    await self._send(writer, data)
        with suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()
            else:
                writer.close()  # TLS has no end in one direction

    async def _pass(self, link: _Connection, data: bytes, *, up: bool) -> bool:
        """Apply the conditions to a piece; return whether it is relayed."""
        conditions = self.conditions
        if conditions.blackhole is not None and conditions.blackhole in link.beginning:
            self.counts["bytes swallowed"] += len(data)
            return False
        if conditions.latency:
            self.counts["pieces delayed"] += 1
            await asyncio.sleep(conditions.latency)
        if up and COMMIT in data and self.counts["commits lost"] < conditions.commits_to_lose:
            link.losing = True
        elif not up and link.losing:
            self.counts["commits lost"] += 1
            link.cut()
            return False
        return True

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        conditions = self.conditions
        if conditions.rate:
            self.counts["bytes slowed"] += len(data)
            await asyncio.sleep(len(data) / conditions.rate)
        if not conditions.sliced:
            writer.write(data)
            await writer.drain()
            return
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.counts["bytes sliced"] += len(data)
        for place in range(len(data)):
            writer.write(data[place : place + 1])
            await writer.drain()
            await asyncio.sleep(0)
