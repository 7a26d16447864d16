"""The way into a command: words that are no text."""

from pathlib import Path

import pytest

from tests.workers.commands.conftest import Shell


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("orders", "show", "a\udcffb"), "a\\xffb"),
        (("dead-letters", "list", "--key", "a\udcffb"), "a\\xffb"),
        (("dead-letters", "list", "--key=a\udcffb"), "--key=a\\xffb"),
        (("orders", "show", "\udcff" * 300), "\\xff" * 300),
    ],
)
def test_a_word_that_is_not_utf_8_is_wrong_usage(shell: Shell, words: tuple[str, ...], shown: str) -> None:
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f'crossdock: The argument "{shown}" is not UTF-8; write it in UTF-8.\n'


def test_a_file_may_have_a_name_that_is_not_utf_8(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "cups\udcff.jsonl").write_text('{"sku":"CUP"}\n')
    assert shell.ok("products", "import", "cups\udcff.jsonl").out == "1 products saved, 0 lines refused.\n"
