"""What a reader yields: a payload with its identity and line, what was skipped and why, or what there is to remark."""

from dataclasses import dataclass
from hashlib import blake2b

from schemas.payloads import AmazonReport

MAX_NAME_LENGTH = 150
"""An event id has at most 200 characters; the digest takes 33 of them."""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """A payload that was read.

    `identity` is the same whenever the same input is read for the same store: as an event's id it makes publishing
    a file twice harmless. `line` is where it began in the file, counted from 1.
    """

    payload: AmazonReport
    identity: str
    line: int


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A line that could not be read, and the reason in a sentence without personal data."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What there is to know of the file as a whole, in a sentence. Nothing of it is broken."""

    text: str


def sold_elsewhere_notice(count: int, what: str) -> Notice:
    """Remark how many there are that Amazon ships, but did not sell."""
    return Notice(
        f"{count:,} {what} are left out: their sales channel is Non-Amazon, so Amazon ships them "
        "(Multi-Channel Fulfillment), but did not sell them."
    )


def parsed_report(payload: AmazonReport, name: str, line: int) -> ParsedReport:
    """Return the payload with its identity: *name* is what Amazon tells the report by, the digest what it says."""
    said = f"{name}\n{payload.model_dump_json(exclude_none=True)}"
    digest = blake2b(said.encode(), digest_size=16).hexdigest()
    return ParsedReport(payload=payload, identity=f"{name[:MAX_NAME_LENGTH]}/{digest}", line=line)
