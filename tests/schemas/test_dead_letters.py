"""Identities of dead letters: no two letters share one, with any ids of stores and shipments."""

import pytest

from schemas.dead_letters import parcel_identity, request_identity

ONE, OTHER = "111-0000001-0000001", "111-0000002-0000002"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (parcel_identity(("s", ONE), f"{OTHER}/x"), parcel_identity((f"s/{ONE}", OTHER), "x")),
        (parcel_identity(("s", ONE), "a/b"), parcel_identity(("s", ONE), "a%2Fb")),
        (request_identity("c", ("s", ONE), f"{OTHER}/x"), request_identity("c", (f"s/{ONE}", OTHER), "x")),
    ],
)
def test_slashes_in_ids_make_no_identity_of_another_letter(one: str, other: str) -> None:
    assert one != other


def test_ids_without_slashes_keep_their_identity() -> None:
    assert parcel_identity(("us", ONE), "ship-1") == f"parcel/us/{ONE}/ship-1"
    assert request_identity("completer", ("us", ONE)) == f"request/completer/us/{ONE}/"
