"""The served simulators: Amazon and Commerce in a process of their own, whose processor time is not Crossdock's."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contenders import PYTHON
from bench.environment import Environment
from bench.errors import BenchError
from bench.processes import end_of_log, running
from bench.servers import free_port
from gateways.http.call import Call
from gateways.http.client import HttpClient
from gateways.simulator.driver import WorldDriver

START_SECONDS = 60.0
LAST = "AWS_SECRET_ACCESS_KEY"
"""The last of the settings that the simulators print."""

PRODUCTS = "sku,name,quantity\nBENCH-1,Bench product,1000000\nBENCH-HANGS,Bench product,1000000\n"
SKU, HANGING_SKU = "BENCH-1", "BENCH-HANGS"


@dataclass(frozen=True, slots=True)
class Traffic:
    """The work of Commerce so far: its orders, the calls, and the seconds that their answers take together."""

    orders: int
    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Served:
    """Both simulators, and the variables that connect Crossdock's processes to them."""

    driver: WorldDriver
    variables: Mapping[str, str]
    _commerce: HttpClient
    _amazon: HttpClient

    def traffic(self) -> Traffic:
        """Return Commerce's traffic so far."""
        counts = self._read(self._commerce)
        return Traffic(counts["orders"], counts["calls"], float(counts["seconds"]))

    def amazon_calls(self) -> tuple[int, int]:
        """Return the calls of getOrder so far that Amazon answered, and those of all operations that it refused."""
        counts = self._read(self._amazon)
        return counts["calls"].get("getOrder", 0), sum(counts["refused"].values())

    @staticmethod
    def _read(client: HttpClient) -> Any:
        return client.call(Call("read the traffic", "GET", "/control/traffic")).data


@contextmanager
def served(environment: Environment, *options: str) -> Iterator[Served]:
    """Run `crossdock simulator` with *options*."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", dir=environment.servers.folder) as products:
        products.write(PRODUCTS)
        products.flush()
        commerce, amazon = free_port(), free_port()
        ports = ("--commerce-port", str(commerce), "--amazon-port", str(amazon))
        command = [*PYTHON, "crossdock", "simulator", "--products", products.name, *ports, *options]
        log = Path(products.name).with_suffix(".log")
        with (
            running([command], environment.variables(), log),
            closing(HttpClient("commerce", f"http://127.0.0.1:{commerce}")) as shop,
            closing(HttpClient("amazon", f"http://127.0.0.1:{amazon}")) as marketplace,
        ):
            variables = {**environment.variables(), **_printed(log)}
            yield Served(WorldDriver(shop, marketplace), variables, shop, marketplace)


def run_command(words: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run a short command of Crossdock. Raises BenchError when it fails."""
    done = subprocess.run([*PYTHON, "crossdock", *words], env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"crossdock {' '.join(words)} failed. Its last words:\n{done.stderr[-2000:]}")


def _printed(log: Path) -> Mapping[str, str]:
    """Return the settings that the simulators print once they are served."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        lines = (line.partition("=") for line in log.read_text().splitlines())
        settings = {name: value for name, _, value in lines}
        if LAST in settings:
            return settings
        time.sleep(0.1)
    raise BenchError(f"The simulators did not start. {end_of_log(log)}")
