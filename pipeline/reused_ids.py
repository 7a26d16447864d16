"""Ids that were used twice: CloudEvents makes source and id together unique, but publishers do reuse them.

A repeat of an event has equal contents, and is handled once. An event with other contents under the same source and id
is no repeat: it becomes a dead letter, whichever of the two came first.
"""

from dataclasses import replace

from events.envelope import attribution
from schemas.dead_letters import DeadLetterType, NewLetter, reused_id_identity

SHOWN = 8
"""Hexadecimal digits of a digest that a reason shows; enough to compare two by eye."""


def has_other_contents(digest: bytes | None, first: bytes | None) -> bool:
    """Whether contents differ from the first ones; False where either has no digest: older rows have none.

    An event that an operator has edited has two digests, its own and that of the edit, one after the other.
    """
    if digest is None or first is None:
        return False
    return digest not in (first[: len(digest)], first[len(digest) :])


def reused_id_letter(letter: NewLetter, first: bytes | None) -> NewLetter:
    """Return the letter of a message whose id was used before, for the contents with the digest *first*.

    It has no message key: the key is that of the first event, which editing or replaying this one must not touch.
    """
    if letter.message_key is None or letter.digest is None:
        return letter
    return replace(
        letter,
        identity=reused_id_identity(letter.consumer, letter.message_key, letter.digest),
        letter_type=DeadLetterType.FAILED,
        reason=_reason(letter, first),
        message_key=None,
    )


def _reason(letter: NewLetter, first: bytes | None) -> str:
    return (
        f"Two events with other contents have {attribution(letter.message.body)}: the one with the digest"
        f" {_shown(first)} came first and keeps it, this one has the digest {_shown(letter.digest)} and was not"
        " handled. Have it published with an id of its own, or edit it here, which gives it one."
    )


def _shown(digest: bytes | None) -> str:
    return digest.hex()[:SHOWN] if digest else "-"
