"""The results of parsers: a parsed report, a skipped line with the reason, or a notice about the file."""

from dataclasses import dataclass
from hashlib import blake2b

from schemas.payloads import AmazonReport

MAX_NAME_LENGTH = 150
"""An event id has at most 200 characters; the digest takes 33 of them."""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A parsed payload.

    `identity` is the same whenever the same input is parsed for the same store: as an event's id it makes publishing
    a file twice harmless. `line` is where the report begins in the file, counted from 1.
    """

    payload: AmazonReport
    identity: str
    line: int


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that could not be parsed, and the reason in a sentence without personal data."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark on the file as a whole, in a sentence. It is no error."""

    text: str


def sold_elsewhere_notice(count: int, what: str) -> Notice:
    """Return the notice of how many orders or rows were not sold on Amazon, only shipped by it."""
    return Notice(
        f"{count:,} {what} are left out: their sales channel is Non-Amazon, so Amazon ships them "
        "(Multi-Channel Fulfillment), but did not sell them."
    )


def parsed_report(payload: AmazonReport, name: str, line: int) -> ParsedReport:
    """Return the payload with its identity: *name*, by which Amazon knows the report, and a digest of its facts."""
    identified = f"{name}\n{payload.model_dump_json(exclude_none=True)}"
    digest = blake2b(identified.encode(), digest_size=16).hexdigest()
    return ParsedReport(payload=payload, identity=f"{name[:MAX_NAME_LENGTH]}/{digest}", line=line)
