"""Visible texts: nothing steers a terminal, reorders text or hides in it, and honest words stay as they are."""

import json

import pytest

from schemas.visible_text import escape_json, visible
from tests.hostile_texts import STEERING, STEERS


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_characters_that_steer_or_hide_are_escaped(text: str) -> None:
    shown = visible(f"CUP{text}MUG")
    assert not STEERS & set(shown)
    assert shown.isprintable()
    assert shown != "CUPMUG"


@pytest.mark.parametrize("text", [*STEERING.values(), "\ud800", "\U0001f9e5"], ids=[*STEERING, "surrogate", "coat"])
def test_json_has_such_characters_by_their_numbers_and_the_same_values(text: str) -> None:
    document = escape_json(json.dumps({"title": text}, ensure_ascii=False))
    assert not STEERS & set(document)
    assert json.loads(document) == {"title": text}
    document.encode()


@pytest.mark.parametrize("text", ["Mug, 0.3 l", "Grüße, 東京都", "कप", "כוס", "🧥", "l'été", "\\x1b", ""])
def test_honest_words_stay_as_they_are(text: str) -> None:
    assert visible(text) == text
    assert escape_json(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb\tc\rd", "a b c d"), ("10\xa0kg\u3000x", "10 kg x"), ("a\x1bb", "a\\x1bb"), ("a\u202eb", "a\\u202eb")],
)
def test_breaks_and_spaces_become_spaces_and_others_their_numbers(text: str, shown: str) -> None:
    assert visible(text) == shown
