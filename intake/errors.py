"""Refusals of the intake: a status and one sentence, as `{"error": …}`."""

from schemas.errors import PermanentError


class RequestRefusedError(PermanentError):
    """A request is refused, and nothing of it was taken."""

    def __init__(self, status: int, sentence: str) -> None:
        """Refuse with an HTTP status."""
        super().__init__(sentence)
        self.status = status
