"""A client that is made from the OpenAPI document alone: aiopenapi3 builds its models and its calls from it.

Not openapi-python-client, the usual generator: it caps typer below the version that the command line needs.
"""

import json
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from schemas.product import Product
from tests.harness import Pipeline
from tests.letters import block, order_id, run_replay


@pytest.fixture
def client(api: TestClient) -> Any:
    """The client; its requests go to the application in this process."""
    from aiopenapi3 import OpenAPI  # noqa: PLC0415 - it costs 0.8 s in each process that collects tests

    def session(**_options: Any) -> httpx2.Client:
        return TestClient(api.app)

    document = api.get("/api/v1/openapi.json").text
    made = OpenAPI.loads("http://testserver/api/v1/openapi.json", document, session_factory=session)
    made.authenticate(HTTPBearer=api.headers["authorization"].removeprefix("Bearer "))
    return made


def test_a_client_made_from_the_document_lists_explains_and_replays(pipeline: Pipeline, client: Any) -> None:
    block(pipeline, range(2))
    listed = client._.listOrders(parameters={"status": ["Error"], "limit": 10})
    assert sorted(order.amazon_order_id for order in listed.orders) == [order_id(0), order_id(1)]
    explained = client._.explainOrder(parameters={"amazon_order_id": order_id(0)})
    assert json.loads(explained.model_dump_json())["blocked_on"][0]["kind"] == "product_missing"
    pipeline.commerce.catalog.save([Product(sku="SKU-1", name="SKU-1", quantity=9)])
    selection = {"filter": {"class": "blocked"}, "pace": {"rate": 100, "ramp": False}}
    plan = client._.planReplay(data=selection)
    started = client._.startReplay(data=selection | {"token": plan.token, "reason": "the product is there"})
    run_replay(pipeline, started.replay_id)
    progress = client._.showReplayProgress(parameters={"replay_id": started.replay_id})
    sums = json.loads(progress.sums.model_dump_json())
    assert (sums["state"], sums["ok"]) == ("finished", 2)
