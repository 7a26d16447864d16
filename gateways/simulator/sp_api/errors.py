"""Amazon's error answers: `{"errors": [{"code", "message", "details"}]}` and the status."""

from typing import Any

INVALID = "InvalidInput"


class SpApiError(Exception):
    """An error that the API answers with."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        """Answer with *status*."""
        super().__init__(message)
        self.status = status
        self.document: dict[str, Any] = {"errors": [{"code": code, "message": message, "details": details}]}


def invalid(message: str, details: str = "") -> SpApiError:
    """Return the error for input that is refused."""
    return SpApiError(400, INVALID, message, details)


def missing(what: str) -> SpApiError:
    """Return the error for something that does not exist."""
    return SpApiError(404, "NotFound", f"{what} was not found.")


def denied(details: str = "") -> SpApiError:
    """Return the error for a token, a role or a seller without the right."""
    return SpApiError(403, "Unauthorized", "Access to requested resource is denied.", details)


def used_up() -> SpApiError:
    """Return the error for a call beyond the rate."""
    return SpApiError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
