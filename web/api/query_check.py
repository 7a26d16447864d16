"""Parameters of an address that the API does not know: refused, as a filter that is misspelt would show too much."""

from collections import Counter
from functools import cache

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError


def refuse_unknown_parameters(request: Request) -> None:
    """Raise RequestValidationError for a parameter that the OpenAPI document does not have here, or has but once."""
    parameters = _parameters(request.app)[request.scope["route"].operation_id]
    counts = Counter(name for name, _ in request.query_params.multi_items())
    problems = [
        {
            "loc": ("query", name),
            "msg": "It is given twice" if name in parameters else _unknown(parameters),
            "type": "extra",
        }
        for name, count in counts.items()
        if name not in parameters or (count > 1 and not parameters[name])
    ]
    if problems:
        raise RequestValidationError(problems)


def _unknown(parameters: dict[str, bool]) -> str:
    return "There is no such parameter; the known ones are " + (", ".join(sorted(parameters)) or "none")


@cache
def _parameters(app: FastAPI) -> dict[str, dict[str, bool]]:
    """Return the parameters of each operation by its id, and whether each may be given several times."""
    operations = (operation for path in app.openapi()["paths"].values() for operation in path.values())
    return {
        operation["operationId"]: {
            parameter["name"]: parameter["schema"].get("type") == "array"
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        }
        for operation in operations
    }
