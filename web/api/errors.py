"""The API's answers to errors: `{"error": {"code", "message", …}}`, the same for every refusal and failure."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import Field

from operations.error_kinds import ErrorKind, kind_of
from operations.stale_forms import StaleField, StaleFormError
from schemas.blockers import Remedy
from schemas.errors import CrossdockError
from schemas.people import Permission, Person
from schemas.value import Value

STALE = "stale"
_CODES = {
    HTTPStatus.UNAUTHORIZED: "sign_in_needed",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.NOT_FOUND: ErrorKind.UNKNOWN.value,
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNPROCESSABLE_ENTITY: ErrorKind.WRONG_INPUT.value,
    HTTPStatus.INTERNAL_SERVER_ERROR: ErrorKind.FAULT.value,
}


class WrongField(Value):
    """A field of the request that is wrong. Its value is not repeated: it may be personal data."""

    field: str = Field(examples=["body.reason"])
    message: str = Field(examples=["Field required"])


class ErrorDetails(Value):
    """An error: `code` for programs, `message` in a sentence for people."""

    code: str = Field(examples=["unknown"])
    message: str = Field(examples=["There is no order 111-2222222-3333333."])
    fields: tuple[WrongField, ...] | None = None
    """Of a wrong request: the fields."""
    difference: tuple[StaleField, ...] | None = None
    """Of a stale edit: the fields that somebody else changed; values only for people who may see personal data."""
    remedy: Remedy | None = None
    """A person's next action, where it is one."""


class ErrorAnswer(Value):
    """The answer to every refused or failed request."""

    error: ErrorDetails


def answer_error(request: Request, error: CrossdockError, status: HTTPStatus) -> JSONResponse:
    """Return the answer to an error of ours."""
    if isinstance(error, StaleFormError):
        return _answer(status, ErrorDetails(code=STALE, message=str(error), difference=_difference(request, error)))
    code = _CODES.get(status) or kind_of(error).value
    return _answer(status, ErrorDetails(code=code, message=str(error), remedy=error.hint))


def answer_wrong_fields(errors: Sequence[Any]) -> JSONResponse:
    """Return the answer to a request that is not as the OpenAPI document says."""
    fields = tuple(WrongField(field=".".join(map(str, problem["loc"])), message=problem["msg"]) for problem in errors)
    message = " ".join(f"{field.field}: {field.message}." for field in fields)
    details = ErrorDetails(code=ErrorKind.WRONG_INPUT.value, message=message, fields=fields)
    return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, details)


def answer_status(status: HTTPStatus, sentence: str) -> JSONResponse:
    """Return the answer to a request that no handler took, or to a fault."""
    if status is HTTPStatus.BAD_REQUEST:  # FastAPI's, of a body that cannot be read
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _answer(status, ErrorDetails(code=_CODES.get(status, ErrorKind.WRONG_INPUT.value), message=sentence))


def _difference(request: Request, error: StaleFormError) -> tuple[StaleField, ...]:
    person: Person | None = getattr(request.state, "person", None)
    if person is not None and person.may(Permission.SEE_PERSONAL_DATA):
        return error.fields
    return tuple(StaleField(field=field.field, seen="", now="") for field in error.fields)


def _answer(status: HTTPStatus, details: ErrorDetails) -> JSONResponse:
    return JSONResponse(ErrorAnswer(error=details).model_dump(mode="json", exclude_none=True), status)
