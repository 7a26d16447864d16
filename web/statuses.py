"""The status that each error is answered with."""

from http import HTTPStatus

from operations.error_kinds import ErrorKind, kind_of
from operations.people.sign_in import SignInRefusedError, TooManyTriesError
from schemas.errors import CrossdockError
from web.errors import ForbiddenError, ForgedRequestError, SignInNeededError

_STATUS = {
    ErrorKind.UNKNOWN: HTTPStatus.NOT_FOUND,
    ErrorKind.WRONG_INPUT: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorKind.CONFLICT: HTTPStatus.CONFLICT,
    ErrorKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_STATUS_OF_TYPE: tuple[tuple[type[CrossdockError], HTTPStatus], ...] = (
    (SignInNeededError, HTTPStatus.UNAUTHORIZED),
    (SignInRefusedError, HTTPStatus.UNAUTHORIZED),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (ForgedRequestError, HTTPStatus.FORBIDDEN),
    (TooManyTriesError, HTTPStatus.TOO_MANY_REQUESTS),
)


def status_of(error: CrossdockError) -> HTTPStatus:
    """Return the status that an error is answered with."""
    of_type = (status for kind, status in _STATUS_OF_TYPE if isinstance(error, kind))
    return next(of_type, None) or _STATUS[kind_of(error)]
