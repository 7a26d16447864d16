"""The encoding of order reports."""

import pytest

from gateways.amazon.report_lines import Lines
from gateways.errors import UnreadableInputError

JAPANESE = ["\u30de\u30b0-\u9752", "\u30b3\u30c3\u30d7-\u8d64"]


def test_a_report_is_read_in_the_encoding_that_is_said() -> None:
    assert list(Lines(",".join(JAPANESE).encode("cp932"), "cp932").rows()) == [(1, JAPANESE)]


@pytest.mark.parametrize("encoding", [None, "utf-8", "ascii"])
def test_a_report_in_another_encoding_is_refused_instead_of_losing_bytes(encoding: str | None) -> None:
    with pytest.raises(UnreadableInputError, match="such as --encoding cp932"):
        Lines(",".join(JAPANESE).encode("cp932"), encoding)
