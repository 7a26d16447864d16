"""Opening a seller's account at Amazon: signing in, and the calls within their rates."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple

from gateways.amazon.sp_api.client import AmazonClient
from gateways.amazon.sp_api.errors import AmazonErrors
from gateways.amazon.sp_api.sign_in import LWA_ERRORS, LwaKeys, application_token, lwa_token
from gateways.amazon.sp_api.subscription import SubscriptionClient
from gateways.http.client import Conditions, HttpClient


class AmazonAccess(NamedTuple):
    """The addresses of the Selling Partner API and of Login with Amazon, and the credentials."""

    url: str
    sign_in_url: str
    keys: LwaKeys


@contextmanager
def opened_account(access: AmazonAccess, conditions: Conditions) -> Iterator[AmazonClient]:
    """Open the account until the block ends. *conditions* have the budget of the seller."""
    with ExitStack() as stack:
        sign_in = stack.enter_context(closing(_sign_in(access, conditions)))
        token = lwa_token(access.keys, sign_in)
        client = HttpClient("amazon", access.url, token, AmazonErrors(), conditions)
        yield AmazonClient(stack.enter_context(closing(client)))


@contextmanager
def opened_subscriptions(access: AmazonAccess, conditions: Conditions) -> Iterator[SubscriptionClient]:
    """Open the application's destinations and the seller's subscription until the block ends."""
    with ExitStack() as stack:
        sign_in = stack.enter_context(closing(_sign_in(access, conditions)))
        application = HttpClient(
            "amazon", access.url, application_token(access.keys, sign_in), AmazonErrors(), conditions
        )
        seller = HttpClient("amazon", access.url, lwa_token(access.keys, sign_in), AmazonErrors(), conditions)
        yield SubscriptionClient(stack.enter_context(closing(seller)), stack.enter_context(closing(application)))


def _sign_in(access: AmazonAccess, conditions: Conditions) -> HttpClient:
    """Return the client of Login with Amazon, which has no rate; its failures are logged like those of other calls."""
    logged = Conditions(error_log=conditions.error_log, seller=conditions.seller)
    return HttpClient("amazon", access.sign_in_url, errors=LWA_ERRORS, conditions=logged)
