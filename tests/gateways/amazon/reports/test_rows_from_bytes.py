"""The bytes of order reports: how they are encoded and compressed."""

import gzip

import pytest

from gateways.amazon.reports.rows_from_bytes import ReportText
from gateways.errors import UnreadableInputError

JAPANESE = ["\u30de\u30b0-\u9752", "\u30b3\u30c3\u30d7-\u8d64"]


def test_a_report_is_decoded_in_the_given_encoding() -> None:
    assert list(ReportText(",".join(JAPANESE).encode("cp932"), "cp932").rows()) == [(1, JAPANESE)]


@pytest.mark.parametrize("encoding", [None, "utf-8", "ascii"])
def test_a_report_in_another_encoding_is_refused_instead_of_losing_bytes(encoding: str | None) -> None:
    with pytest.raises(UnreadableInputError, match="such as --encoding cp932"):
        ReportText(",".join(JAPANESE).encode("cp932"), encoding)


def test_a_report_compressed_by_the_sp_api_is_parsed() -> None:
    packed = gzip.compress(b"a\tb\r\n1\t2\r\n")
    assert [cells for _, cells in ReportText(packed).rows()] == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("broken", [b"\x1f\x8b", b"\x1f\x8bno report", gzip.compress(b"a\tb\n" * 9, mtime=0)[:-9]])
def test_a_broken_compressed_report_is_refused(broken: bytes) -> None:
    with pytest.raises(UnreadableInputError, match="compressed and broken"):
        ReportText(broken)
