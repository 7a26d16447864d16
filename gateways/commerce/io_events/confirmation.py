"""Confirming a registration of Adobe I/O events: Adobe sends an address, which is called within five minutes."""

from gateways.commerce.io_events.public_keys import LIMITS
from gateways.errors import CallRefusedError, SignatureError
from gateways.http.call import Call
from gateways.http.client import Conditions, HttpClient
from gateways.http.error_log import ErrorLog

CONFIRM_URL = "https://csm.adobe.io"


class RegistrationConfirmation:
    """Confirms registrations at Adobe, and nowhere else: anybody may send an address."""

    def __init__(self, url: str, error_log: ErrorLog) -> None:
        """Call addresses below *url*."""
        self._base = url.rstrip("/") + "/"
        self._http = HttpClient("adobe", url, conditions=Conditions(calls=1, limits=LIMITS, error_log=error_log))

    def confirm(self, address: str) -> None:
        """Call an address of Adobe's. Raises SignatureError for any other, and CallFailedError to be tried again."""
        if not address.startswith(self._base):
            raise SignatureError("The address to confirm a registration is not Adobe's; it is not called.")
        try:
            self._http.call(Call("confirm a registration", "GET", address, as_bytes=True))
        except CallRefusedError as error:
            raise SignatureError(f"Adobe did not take the confirmation: {error.sentence}") from None

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
