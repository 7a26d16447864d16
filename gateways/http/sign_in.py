"""Signing in by OAuth 2.0 (RFC 6749): a form is exchanged for an access token, and errors have a code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gateways.errors import CallFailedError
from gateways.http.authentication import AccessToken, TokenSource
from gateways.http.call import Call, Reply
from gateways.http.client import HttpClient
from gateways.http.outcome import Outcome, outcome_of
from gateways.http.problem import Problem, status_sentence

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class SignInErrors:
    """Errors as `{"error": "invalid_client", …}` (section 5.2 of the RFC). `advice` names the remedy."""

    provider: str
    advice: str

    def outcome(self, reply: Reply) -> Outcome:
        """Return the outcome; a refused sign-in is blocked, with any status: wrong credentials are a 400."""
        outcome = outcome_of(reply)
        return Outcome.BLOCKED if outcome is Outcome.REFUSED else outcome

    def problem(self, reply: Reply) -> Problem:
        """Return the error's code; never its description, which may repeat the request."""
        code = reply.data.get("error") if isinstance(reply.data, dict) else None
        if not isinstance(code, str) or not code.replace("_", "").isalnum():
            return Problem(str(reply.status), status_sentence(reply))
        return Problem(code, f"{self.provider} refused to sign in ({code}); {self.advice}.")


def exchange(client: HttpClient, path: str, form: Mapping[str, str], provider: str) -> AccessToken:
    """Exchange a form for an access token. Raises CallFailedError."""
    call = Call("sign in", "POST", path, content=urlencode(form).encode(), headers=_FORM, repeatable=True)
    data: Any = client.call(call).data
    try:
        return AccessToken(str(data["access_token"]), float(data["expires_in"]))
    except (TypeError, KeyError, ValueError):
        problem = Problem("sign_in", f"{provider}'s answer to the sign-in has no token.")
        raise CallFailedError(problem.sentence, Outcome.BROKEN, problem) from None


class SignedIn:
    """Signs calls with an access token; see gateways.http.authentication.Authentication."""

    def __init__(self, sign_in: Callable[[], AccessToken], headers_with: Callable[[str], Mapping[str, str]]) -> None:
        """Have *sign_in* fetch each token, by `exchange`; *headers_with* returns the headers that bear it."""
        self._tokens = TokenSource(sign_in)
        self._headers_with = headers_with
        self._used = ""

    def headers(self, call: Call, url: str) -> Mapping[str, str]:
        """Return the headers with a valid token. Raises CallFailedError."""
        self._used = self._tokens.value()
        return self._headers_with(self._used)

    def renew(self) -> bool:
        """Drop the refused token, so that the repeated call signs in again."""
        self._tokens.drop(self._used)
        return True
