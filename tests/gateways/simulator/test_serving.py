"""A simulator that is served over HTTP, and the end of its serving."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Event
from urllib.request import urlopen

from gateways.simulator.serving import served
from gateways.simulator.traffic import HttpAnswer, HttpRequest
from tests.harness import SOON

LONG = 2 * SOON


class Hanging:
    """A simulator whose answer takes long."""

    def __init__(self) -> None:
        """Have no call yet."""
        self.called = Event()

    def answer(self, _request: HttpRequest) -> HttpAnswer:
        """Note the call."""
        self.called.set()
        return HttpAnswer(200, b"", delay=LONG)


def test_a_call_that_hangs_is_cut_off_when_the_serving_ends() -> None:
    simulator = Hanging()
    with ThreadPoolExecutor() as pool:
        with served(simulator) as url:
            call = pool.submit(urlopen, url, timeout=LONG)
            assert simulator.called.wait(SOON)
        assert isinstance(call.exception(timeout=SOON), OSError | HTTPException)
