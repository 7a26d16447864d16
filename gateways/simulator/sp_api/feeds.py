"""Feeds: documents that are uploaded, the feeds made of them, and their results. Only cancellations are processed.

Source: Feeds API 2021-06-30; the processing report of `POST_ORDER_ACKNOWLEDGEMENT_DATA`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from xml.etree import ElementTree

from gateways.simulator.sp_api.call import Json, SpApiCall
from gateways.simulator.sp_api.errors import denied, invalid, missing
from gateways.simulator.sp_api.marketplace import Marketplace, SellerOrder
from gateways.simulator.sp_api.order_2026 import instant
from schemas.order import CANCEL_REASONS
from schemas.status import AmazonStatus, Channel

CANCELLATIONS = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
UPLOAD_FOR = timedelta(minutes=5)
UPLOADS = "/uploads/"
STATUSES_TO_CANCEL = (AmazonStatus.PENDING, AmazonStatus.UNSHIPPED)


@dataclass
class Document:
    """A place for a file, and its content once it is uploaded."""

    content_type: str
    until: datetime
    content: bytes | None = None


@dataclass
class Feed:
    """A feed. It is processed once it is `due`."""

    feed_id: str
    feed_type: str
    marketplaces: list[str]
    document_id: str
    created_at: datetime
    due: datetime
    status: str = "IN_QUEUE"
    result_id: str | None = None


@dataclass
class FeedDesk:
    """The feeds of the seller; each takes `takes` until it is processed."""

    marketplace: Marketplace
    takes: timedelta = timedelta(0)
    documents: dict[str, Document] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create_document(self, call: SpApiCall) -> Json:
        """Answer createFeedDocument."""
        (content_type,) = call.required("contentType")
        return self._place(str(content_type), call)

    def upload(self, document_id: str, content_type: str, content: bytes) -> None:
        """Take a file at its place. Raises SpApiError, as the store that such addresses lead to."""
        document = self.documents.get(document_id)
        if document is None or self.marketplace.clock() > document.until or document.content_type != content_type:
            raise denied("Request has expired or its signature does not match")
        document.content = content

    def download(self, document_id: str) -> bytes:
        """Return a file. Raises SpApiError."""
        document = self.documents.get(document_id)
        if document is None or document.content is None or self.marketplace.clock() > document.until:
            raise denied("Request has expired")
        return document.content

    def create(self, call: SpApiCall) -> Json:
        """Answer createFeed."""
        feed_type, marketplaces, document_id = call.required("feedType", "marketplaceIds", "inputFeedDocumentId")
        if document_id not in self.documents:
            raise invalid(f"Invalid request parameters: document {document_id} does not exist")
        now = self.marketplace.clock()
        feed = Feed(f"5{next(self.numbers):07}", feed_type, marketplaces, document_id, now, now + self.takes)
        self.feeds[feed.feed_id] = feed
        self.advance()
        return {"feedId": feed.feed_id}

    def get(self, call: SpApiCall) -> Json:
        """Answer getFeed."""
        if call.path[0] not in self.feeds:
            raise missing(f"Feed {call.path[0]}")
        return _feed(self.feeds[call.path[0]])

    def list(self, call: SpApiCall) -> Json:
        """Answer getFeeds, all on one page, the latest first."""
        types, since = call.names("feedTypes"), call.instant("createdSince")
        if not types:
            raise invalid("Either feedTypes or nextToken is required.")
        feeds = [f for f in self.feeds.values() if f.feed_type in types and (since is None or f.created_at >= since)]
        return {"feeds": [_feed(feed) for feed in reversed(feeds)]}

    def get_document(self, call: SpApiCall) -> Json:
        """Answer getFeedDocument; the address is valid for five minutes from now on."""
        document_id = call.path[0]
        if document_id not in self.documents:
            raise missing(f"Document {document_id}")
        self.documents[document_id].until = self.marketplace.clock() + UPLOAD_FOR
        return {"feedDocumentId": document_id, "url": f"{call.url}{UPLOADS}{document_id}"}

    def advance(self) -> None:
        """Process the feeds that are due."""
        now = self.marketplace.clock()
        for feed in self.feeds.values():
            if feed.status == "IN_QUEUE" and feed.due <= now:
                self._process(feed)

    def _place(self, content_type: str, call: SpApiCall) -> Json:
        document_id = f"amzn1.tortuga.4.na.{next(self.numbers):08}"
        self.documents[document_id] = Document(content_type, self.marketplace.clock() + UPLOAD_FOR)
        return {"feedDocumentId": document_id, "url": f"{call.url}{UPLOADS}{document_id}"}

    def _process(self, feed: Feed) -> None:
        content = self.documents[feed.document_id].content
        try:
            if content is None or feed.feed_type != CANCELLATIONS:
                raise ElementTree.ParseError
            messages = ElementTree.fromstring(content).findall("Message")  # noqa: S314 - of a client on loopback
        except ElementTree.ParseError:
            feed.status = "FATAL"
            return
        problems = {message.findtext("MessageID") or "": self._acknowledge(message) for message in messages}
        feed.status, feed.result_id = "DONE", f"{feed.document_id}.result"
        self.documents[feed.result_id] = Document("text/xml", self.marketplace.clock(), _report(problems))

    def _acknowledge(self, message: ElementTree.Element) -> str | None:
        """Cancel the order that a message names; return the reason if that fails."""
        order = self.marketplace.orders.get(message.findtext("OrderAcknowledgement/AmazonOrderID") or "")
        if order is None:
            return "The order does not exist."
        if message.findtext("OrderAcknowledgement/StatusCode") != "Failure":
            return None
        named = message.findall("OrderAcknowledgement/Item")
        items = {item.findtext("AmazonOrderItemCode") or "": item.findtext("CancelReason") or "" for item in named}
        if problem := _problem(order, items):
            return problem
        self.marketplace.cancel(order, items)
        return None


def _problem(order: SellerOrder, items: dict[str, str]) -> str | None:
    if order.facts.fulfillment_channel is Channel.AFN:
        return "Orders that are fulfilled by Amazon cannot be canceled."
    if order.facts.status is AmazonStatus.CANCELED:
        return "The order is canceled already."
    if order.facts.status not in STATUSES_TO_CANCEL:
        return "The order was shipped and cannot be canceled."
    if not items.keys() <= order.ordered.keys():
        return "An AmazonOrderItemCode is none of the order."
    if not set(items.values()) <= set(CANCEL_REASONS):
        return "A CancelReason is invalid."
    return None


def _feed(feed: Feed) -> Json:
    document: Json = {
        "feedId": feed.feed_id,
        "feedType": feed.feed_type,
        "marketplaceIds": feed.marketplaces,
        "createdTime": instant(feed.created_at),
        "processingStatus": feed.status,
    }
    return document | ({"resultFeedDocumentId": feed.result_id} if feed.result_id else {})


def _report(problems: dict[str, str | None]) -> bytes:
    """Return the processing report: the number of messages that succeeded, and each that did not."""
    failed = {message: problem for message, problem in problems.items() if problem}
    envelope = ElementTree.Element("AmazonEnvelope")
    report = ElementTree.SubElement(ElementTree.SubElement(envelope, "Message"), "ProcessingReport")
    summary = ElementTree.SubElement(report, "ProcessingSummary")
    counts = {"Processed": len(problems), "Successful": len(problems) - len(failed), "WithError": len(failed)}
    for name, number in counts.items():
        ElementTree.SubElement(summary, f"Messages{name}").text = str(number)
    for message, problem in failed.items():
        result = ElementTree.SubElement(report, "Result")
        for tag, text in (("MessageID", message), ("ResultCode", "Error"), ("ResultDescription", problem)):
            ElementTree.SubElement(result, tag).text = text
    return bytes(ElementTree.tostring(envelope, encoding="utf-8", xml_declaration=True))
