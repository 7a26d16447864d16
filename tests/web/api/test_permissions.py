"""Permissions of each role in the API: the document has the operations, this table the rights to them."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from operations.people.api_tokens import create_token
from schemas.people import Permission, Role
from tests.builders import ORDER_ID
from tests.web.applications import openapi
from tests.web.people import add_person, api_client

READS = {"planReplay", "searchOrdersByBuyer"}
"""Operations that change nothing and are no GET."""

NEEDED = {
    "showPersonalData": Permission.SEE_PERSONAL_DATA,
    "searchOrdersByBuyer": Permission.SEE_PERSONAL_DATA,
    "showDeadLetterMessage": Permission.SEE_PERSONAL_DATA,
    "showSettings": Permission.CHANGE_SETTINGS,
    "listVaultKeys": Permission.CHANGE_SETTINGS,
    "listUsers": Permission.MANAGE_PEOPLE,
    "listTokens": Permission.MANAGE_PEOPLE,
}
"""Operations that only read and need more than READ."""

BY_TAG = {
    "stores": Permission.CHANGE_SETTINGS,
    "publishers": Permission.CHANGE_SETTINGS,
    "events": Permission.CHANGE_SETTINGS,
    "operation": Permission.CHANGE_SETTINGS,
    "order views": Permission.READ,
    "order actions": Permission.ACT_ON_ORDERS,
    "products": Permission.MATCH_PRODUCTS,
    "dead letters": Permission.REPLAY,
    "backfills": Permission.CHANGE_SETTINGS,
    "replays": Permission.REPLAY,
    "people": Permission.MANAGE_PEOPLE,
}
"""Fields of the operations that change something."""


def operations() -> Iterator[tuple[str, str, Permission]]:
    """Yield method, path and permission of each operation; the ids in the path are those of nothing."""
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            reads = method == "get" or name in READS
            needed = NEEDED.get(name, Permission.READ) if reads else BY_TAG[operation["tags"][0]]
            yield method, path.replace("{amazon_order_id}", ORDER_ID).replace("{", "").replace("}", ""), needed


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_exactly_what_its_permissions_say(app: FastAPI, role: Role) -> None:
    with api_client(app, role) as client:  # one event loop for all requests
        wrong = [
            (method, path, needed)
            for method, path, needed in operations()
            if (client.request(method, path).status_code == 403) is (needed in role.permissions)
        ]
    assert wrong == []


def test_without_a_token_nothing_is_answered_but_the_document(app: FastAPI) -> None:
    with TestClient(app) as client:
        assert {client.request(method, path).status_code for method, path, _ in operations()} == {401}
        assert client.get("/api/v1/openapi.json").status_code == 200


def test_a_token_does_no_more_than_its_scopes(app: FastAPI) -> None:
    context = app.state.context
    name = add_person(context, Role.ADMIN)
    new = create_token(context, name, "reports", [Permission.READ], lasts=None, actor=name)
    client = TestClient(app, headers={"Authorization": f"Bearer {new.secret}"})
    assert client.get("/api/v1/stores").status_code == 200
    refused = client.get("/api/v1/users")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
