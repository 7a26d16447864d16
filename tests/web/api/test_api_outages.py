"""The broker or the database is away: the API says so in a sentence, serves what it can, and goes on by itself."""

from contextlib import closing

from pydantic import SecretStr
from sqlalchemy import make_url

from operations.context import Context
from schemas.people import Role
from tests.events.tcp_proxy import TcpProxy
from tests.harness import Pipeline, eventually, opened_parts
from tests.letters import block
from tests.web.applications import application
from tests.web.people import api_client
from workers.process.bootstrap import context_of

NOBODY = "amqp://guest:guest@127.0.0.1:1/"
"""A broker that is away: nothing listens at port 1."""


def test_while_the_broker_is_away_the_api_says_so_and_serves_all_else(pipeline: Pipeline) -> None:
    block(pipeline)
    settings = pipeline.context.settings.model_copy(update={"broker_url": SecretStr(NOBODY)})
    context = Context(settings, pipeline.ledger, pipeline.context.gateways, pipeline.context.catalog)
    api = api_client(application(context), Role.ADMIN)
    away = api.get("/api/v1/topology")
    assert (away.status_code, away.json()["error"]["code"]) == (503, "unavailable")
    assert "127.0.0.1:1" in away.json()["error"]["message"]
    findings = {finding["subject"]: finding for finding in api.get("/api/v1/doctor").json()["findings"]}
    assert findings["broker"]["ok"] is False
    assert len(api.get("/api/v1/orders").json()["orders"]) == 1
    assert api.get("/api/v1/pipeline").status_code == 200
    published = api.post("/api/v1/events", content=b"", headers={"Content-Type": "application/x-ndjson"})
    assert published.status_code in {200, 422}


def test_while_the_database_is_away_each_request_is_refused_and_one_after_it_succeeds(
    migrated_database_url: str,
) -> None:
    there = make_url(migrated_database_url)
    server = (there.host or "127.0.0.1", there.port or 5432)
    cable = TcpProxy(*server)
    here = there.set(host="127.0.0.1", port=cable.port).render_as_string(hide_password=False)
    with opened_parts("memory://", here) as parts:
        api = api_client(application(context_of(parts.settings, parts.ledger)), Role.ADMIN)
        assert api.get("/api/v1/stores").status_code == 200
        cable.close()
        away = api.get("/api/v1/stores")
        assert (away.status_code, away.json()["error"]["code"]) == (503, "unavailable")
        assert away.headers["retry-after"]
        with closing(TcpProxy(*server, listen_port=cable.port)):
            eventually(lambda: api.get("/api/v1/stores").status_code == 200, "the API answers again")
