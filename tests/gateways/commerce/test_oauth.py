"""Signatures as Commerce checks them: a vector of a real shop, a library's, odd paths, and keys that are rotated."""

from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, Client

from gateways.commerce.oauth import OAuthKeys, OAuthSignature, Occasion
from gateways.errors import CallFailedError
from gateways.http.call import Call
from gateways.http.outcome import Outcome
from gateways.secrets import Secret
from tests.gateways.simulator.rest.shops import serving_shop

SEARCH = "searchCriteria%5Bfilter_groups%5D%5B0%5D%5Bfilters%5D%5B0%5D%5B{}%5D={}"


SIGNED_AT = Occasion("abcdef0123456789", "1796000000")


def keys(*values: str) -> OAuthKeys:
    return OAuthKeys(*(Secret("KEY", value, None) for value in values))


def test_a_signature_is_the_one_that_a_real_shop_accepts() -> None:
    query = "&".join([SEARCH.format("field", "ext_order_id"), SEARCH.format("value", "902-1%20x")])
    url = f"http://127.0.0.1:8082/rest/default/V1/orders?{query}"
    signature = OAuthSignature(keys("ck", "csecret", "at", "tsecret"), lambda: SIGNED_AT)
    header = signature.headers(Call("look up orders", "GET", ""), url)["Authorization"]
    assert 'oauth_signature="U2KQ97mkZz01EbLTFQLnDp8Vb6zQ%2FU9FGmxpOWi27ds%3D"' in header


@given(
    secrets=st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)] * 4),
    pairs=st.lists(
        # A query has no parameter of the header's.
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=20)] * 2).filter(
            lambda pair: not pair[0].startswith("oauth_")
        )
    ),
    method=st.sampled_from(["GET", "POST", "PUT"]),
)
def test_a_signature_is_the_one_that_a_library_makes(
    secrets: tuple[str, ...], pairs: list[tuple[str, str]], method: str
) -> None:
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    url = f"https://shop.example.com/rest/all/V1/orders?{query}" if query else "https://shop.example.com/rest/all/V1/x"
    key, secret, token, token_secret = secrets
    nonce, timestamp = SIGNED_AT
    library = Client(
        key,
        secret,
        token,
        token_secret,
        signature_method=SIGNATURE_HMAC_SHA256,
        nonce=nonce,
        timestamp=timestamp,
    )
    _, expected, _ = library.sign(url, http_method=cast("Any", method))
    signature = OAuthSignature(keys(*secrets), lambda: SIGNED_AT)
    header = signature.headers(Call("look up orders", method, ""), url)["Authorization"]
    assert _fields(header) == _fields(expected["Authorization"])


def _fields(header: str) -> set[str]:
    return set(header.removeprefix("OAuth ").split(", "))


@pytest.mark.parametrize("sku", ["SKU%2FSl%20ash%2Bx", "SKU%2fSl%20ash%2bx"])
def test_a_path_is_signed_as_commerce_normalises_it(sku: str) -> None:
    with serving_shop() as shop:
        assert shop.client.call(Call("find product", "GET", f"/V1/products/{sku}")).data["sku"] == "SKU/Sl ash+x"


def test_each_call_has_a_signature_of_its_own() -> None:
    with serving_shop() as shop:
        for _ in range(2):
            assert shop.client.call(Call("find product", "GET", "/V1/products/SKU-1")).status == 200


def test_rotated_keys_are_used_without_a_restart(tmp_path: Path) -> None:
    with serving_shop() as shop:
        known = shop.server.consumer
        file = tmp_path / "token-secret"
        file.write_text("revoked\n")
        rotated = Secret("ACCESS_TOKEN_SECRET", None, str(file))
        unchanged = keys(known.key, known.secret, known.token, "")
        signature = OAuthSignature(unchanged._replace(access_token_secret=rotated))
        call = Call("find product", "GET", "/V1/products/SKU-1")
        client = type(shop.client)("commerce", f"{shop.url}/rest/default", signature)
        with pytest.raises(CallFailedError) as refused:
            client.call(call)
        assert refused.value.outcome is Outcome.BLOCKED
        draft = tmp_path / "draft"
        draft.write_text(known.token_secret)
        draft.replace(file)
        assert client.call(call).status == 200
        client.close()
