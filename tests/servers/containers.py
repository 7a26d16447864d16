"""Containers for the tests, where a Docker engine answers."""

import os
import socket
from pathlib import Path

from tests.servers.tiers import UnavailableError


def start(run: Path, image: str, *ports: int, **env: str) -> list[str]:
    """Start the image and answer host:port for each of its ports; the run ends it."""
    if not engine_answers():
        raise UnavailableError("no Docker engine answers")
    # Their import costs half a second, which each process of a trial would have to wait.
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    # The reaper ends containers with the process that started them: under pytest-xdist a worker that may
    # finish before its neighbours. The run ends its containers itself.
    testcontainers_config.ryuk_disabled = True
    container = DockerContainer(image).with_exposed_ports(*ports).with_envs(**env).start()
    (run / f"{container.get_wrapped_container().id}.container").touch()
    return [f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}" for port in ports]


def remove(container: str) -> None:
    """Remove a container with its volumes."""
    import docker  # noqa: PLC0415 - as above

    docker.from_env().containers.get(container).remove(force=True, v=True)


def engine_answers() -> bool:
    """Look before asking: Docker's client, when refused, leaves sockets open, and that is a warning."""
    if "DOCKER_HOST" in os.environ:
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex("/var/run/docker.sock") == 0
