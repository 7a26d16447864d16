"""The API against its own OpenAPI document: requests that the document allows and forbids, made up by schemathesis."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings

from schemas.people import Role
from tests.builders import HOME, a_report, placed
from tests.harness import Pipeline, opened_parts
from tests.letters import LaterClock, block, failed
from tests.web.applications import application
from tests.web.people import api_client

if TYPE_CHECKING:
    from schemathesis import GenerationMode

FILES = ["publishEvents", "importProducts"]
"""Their bodies may be anything."""

FILTERED = ("/orders", "/order-exports", "/order-searches", "/order-views")
"""Filters may contradict themselves, such as by a range whose end is before its beginning; a cursor may be none."""


@contextmanager
def opened_app(folder: Path) -> Iterator[FastAPI]:
    """Open an application that has orders, a blocked one, a dead letter."""
    with opened_parts("memory://", f"sqlite:///{folder}/crossdock.db", LaterClock()) as parts:
        pipeline = Pipeline(parts)
        pipeline.handle(placed(), a_report("Unshipped", shipping_address=HOME))
        block(pipeline)
        failed(pipeline)
        yield application(pipeline.context)


@pytest.mark.parametrize("examples", [1, pytest.param(10, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_the_api_keeps_to_its_document(examples: int, tmp_path: Path) -> None:
    with opened_app(tmp_path) as app:
        import schemathesis  # noqa: PLC0415 - costs 2 s, which other tests do not have to wait

        headers = {"Authorization": api_client(app, Role.ADMIN).headers["authorization"]}
        document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app).exclude(operation_id=FILES)
        operations: list[Any] = [result.ok() for result in document.get_all_operations()]  # type: ignore[union-attr]
        found = [problem(one, mode, headers, examples) for one in operations for mode in schemathesis.GenerationMode]
    assert list(filter(None, found)) == []


def problem(operation: Any, mode: "GenerationMode", headers: dict[str, str], examples: int) -> str | None:
    """Return the fault of an answer to a made-up request, a right or a wrong one; None without a fault."""
    from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: PLC0415 - as above

    has_cursor = any(parameter.name == "cursor" for parameter in operation.query)
    excluded = [positive_data_acceptance] if has_cursor or operation.path.endswith(FILTERED) else []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    try:
        check()
    except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - each is a finding
        return f"{operation.label} ({mode.name}): {error}"
    return None
