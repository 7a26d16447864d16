"""Commerce's error answers: a message with placeholders, their parameters, and the status."""

import json
from itertools import count
from typing import Any

Parameters = list[Any] | dict[str, Any]

_REPORTS = count(0x6B0C6FF337ED2)


class RestError(Exception):
    """An error that the API answers with."""

    def __init__(self, status: int, message: str, parameters: Parameters | None = None) -> None:
        """Answer with *status*; *parameters* stand for `%1` or `%name` in the untranslated message."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.parameters = parameters

    content_type = "application/json; charset=utf-8"

    def body(self) -> bytes:
        """Return the answer's body."""
        answer: dict[str, Any] = {"message": self.message}
        if self.parameters is not None:
            answer["parameters"] = self.parameters
        return json.dumps(answer).encode()


class UnhandledError(RestError):
    """An exception that the API does not expect: the message names a report only."""

    def __init__(self) -> None:
        """Number the report."""
        report = f"webapi-{next(_REPORTS):x}"
        super().__init__(500, f"Internal Error. Details are available in Magento log file. Report ID: {report}")


class PhpError(RestError):
    """A fault in PHP, which is answered in plain text."""

    content_type = "text/plain;charset=UTF-8"

    def __init__(self) -> None:
        """Take PHP's only text."""
        super().__init__(500, "An error has happened during application run. See exception log for details.\n")

    def body(self) -> bytes:
        """Return the answer's body."""
        return self.message.encode()


def not_found() -> RestError:
    """Return the error for an id that no entity has."""
    return RestError(404, "The entity that was requested doesn't exist. Verify the entity and try again.")


def wrong_type(value: object, expected: str, *path: str) -> RestError:
    """Return the error for a value of another type than the field's; *path* leads to the field."""
    where = "".join(f'Error occurred during "{part}" processing. ' for part in path)
    sentence = f'The "{value}" value\'s type is invalid. The "{expected}" type was expected. Verify and try again.'
    return RestError(400, where + sentence)
