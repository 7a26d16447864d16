"""A served Amazon with its queue, and the settings that connect to both, for a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from gateways.simulator.serving import served
from gateways.simulator.sp_api.server import AmazonServer
from operations.simulator import amazon_settings_for
from schemas.settings import Settings, read_settings


@contextmanager
def connected_amazon(
    clock: Callable[[], datetime], environment: pytest.MonkeyPatch, **changes: str
) -> Iterator[tuple[AmazonServer, Settings]]:
    """Serve an Amazon until the end of the block, and direct boto3 to its queue.

    At its end every request has to have been as Amazon describes it.
    """
    server = AmazonServer(clock=clock)
    with served(server) as url:
        server.url = url
        values = amazon_settings_for(server, int(url.rpartition(":")[2])) | changes
        for name in (name for name in values if name.startswith("AWS_")):
            environment.setenv(name, values[name])
        yield server, read_settings(values)
    assert not server.violations
