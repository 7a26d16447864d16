"""The OpenAPI document: complete for people and for generators of clients, and without a person in its examples."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.applications import openapi


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document."""
    return openapi()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all operations."""
    return (operation for path in document["paths"].values() for operation in path.values())


def test_each_operation_has_an_id_of_its_own_a_sentence_and_its_refusals(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for operation in operations(document):
        assert operation["description"].split("\n")[0].endswith("."), operation["operationId"]
        assert {"401", "403", "404", "409", "422", "503"} <= set(operation["responses"])
        assert operation["security"] == [{"HTTPBearer": []}]


def test_each_parameter_is_described(document: dict[str, Any]) -> None:
    bare = [
        (operation["operationId"], parameter["name"])
        for operation in operations(document)
        for parameter in operation.get("parameters", ())
        if not parameter.get("description")
    ]
    assert bare == []


def test_examples_are_of_nobody(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "@" not in text.replace("._@-", "")
