"""Amazon as the port has it: orders, confirmations and cancellations, each made by one of the client's threads."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from gateways.amazon.orders_api.files import read_order
from gateways.amazon.results import Notice, SkippedLine
from gateways.amazon.sp_api import cancellation
from gateways.amazon.sp_api.client import AmazonClient
from gateways.amazon.sp_api.confirmation import confirmation_of, is_confirmed
from gateways.errors import CallRefusedError, SellerFailedError
from gateways.port import Result
from schemas.errors import RetryableError
from schemas.gateway_requests import (
    Accepted,
    AmazonOrder,
    AmazonRequest,
    Answer,
    CancelAmazonOrder,
    ConfirmShipment,
    GetAmazonOrder,
    RequestRefused,
)
from schemas.payloads import StatusChanged


@dataclass(frozen=True, slots=True)
class AmazonGateway:
    """One seller's account in one region; see gateways.port.Gateways."""

    client: AmazonClient
    seller_id: str
    included: Sequence[str]
    """The data sets of an order that the application's roles allow."""
    is_one_of_several: bool = False
    """Whether other sellers use the same consumers, which this one's failures must not pause."""

    def start(self, requests: Sequence[AmazonRequest]) -> list[Future[Result]]:
        """Start all requests; each is a function of its own, so a slow one holds up no other."""
        return [self.client.http.submit(self._judged, request) for request in requests]

    def _judged(self, request: AmazonRequest) -> Result:
        try:
            return self._perform(request)
        except CallRefusedError as error:
            return RequestRefused(error.sentence)
        except RetryableError as error:
            if self.is_one_of_several and error.is_outage:
                return SellerFailedError(str(error), error.retry_after)
            return error

    def _perform(self, request: AmazonRequest) -> Answer:
        match request:
            case GetAmazonOrder():
                return self._get(request)
            case ConfirmShipment():
                return self._confirm(request)
            case CancelAmazonOrder():
                return self._cancel(request)

    def _get(self, request: GetAmazonOrder) -> Answer:
        parsed = read_order(self.client.order(request.key, self.included), request.key[0])
        if isinstance(parsed, SkippedLine):
            return RequestRefused(parsed.reason)
        if isinstance(parsed, Notice):
            return RequestRefused(parsed.text)
        return AmazonOrder(StatusChanged.model_validate(dict(parsed.payload)))

    def _confirm(self, request: ConfirmShipment) -> Accepted:
        """Confirm a parcel. A refusal may mean that it is confirmed already, by a call whose answer was lost."""
        try:
            self.client.confirm_shipment(request.key, confirmation_of(request))
        except CallRefusedError:
            if not is_confirmed(self.client.order(request.key, ("PACKAGES",)), request.parcel):
                raise
            return Accepted(f"Shipment {request.parcel.shipment_id} was confirmed before")
        return Accepted(f"Shipment {request.parcel.shipment_id} is confirmed")

    def _cancel(self, request: CancelAmazonOrder) -> Answer:
        """Send the feed that cancels. The order is read just before: whether the feed may be sent depends on it."""
        order = self.client.order(request.key, cancellation.INCLUDED)
        if answer := cancellation.answer_without_feed(order):
            return answer
        document = self.client.create_feed_document(request.key, cancellation.CONTENT_TYPE)
        feed = cancellation.feed_of(request, self.seller_id)
        self.client.upload(request.key, document, cancellation.CONTENT_TYPE, feed)
        marketplaces = cancellation.marketplaces_of(order)
        self.client.create_feed(request.key, cancellation.FEED_TYPE, marketplaces, document.document_id)
        return Accepted("Amazon will cancel the order")
