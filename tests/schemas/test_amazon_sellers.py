"""Several sellers in the settings: their own variables, shared ones, and refusals."""

from pathlib import Path

import pytest

from schemas.amazon_sellers import variable_of
from schemas.errors import SettingsError
from schemas.settings import Settings, read_settings, unknown_variables
from schemas.store import Store
from workers.process.secrets import secret_of

TWO = {
    "CROSSDOCK_AMAZON_SELLERS": "acme, acme-eu",
    "CROSSDOCK_AMAZON_ACME_SELLER_ID": "A1",
    "CROSSDOCK_AMAZON_ACME_REFRESH_TOKEN": "acme-token",
    "CROSSDOCK_AMAZON_ACME_EU_SELLER_ID": "A2",
    "CROSSDOCK_AMAZON_ACME_EU_REFRESH_TOKEN": "beta-token",
    "CROSSDOCK_AMAZON_ACME_EU_REGION": "eu",
    "CROSSDOCK_AMAZON_CLIENT_ID": "application",
    "CROSSDOCK_AMAZON_QUEUE_URL": "https://queue.example",
}


def read(**changes: str | None) -> Settings:
    given = TWO | {f"CROSSDOCK_AMAZON_{name}": value for name, value in changes.items()}
    return read_settings({name: value for name, value in given.items() if value is not None})


def refused(**changes: str | None) -> str:
    with pytest.raises(SettingsError) as error:
        read(**changes)
    return str(error.value)


def test_each_seller_has_its_own_settings_and_those_that_all_share() -> None:
    acme, beta = read(ACME_EU_QUEUE_URL="https://beta.example").sellers
    assert (acme.name, acme.amazon_seller_id, acme.amazon_region, acme.is_only) == ("acme", "A1", "na", False)
    assert (beta.name, beta.amazon_seller_id, beta.amazon_region) == ("acme-eu", "A2", "eu")
    assert (acme.amazon_queue_url, beta.amazon_queue_url) == ("https://queue.example", "https://beta.example")
    assert {seller.amazon_client_id for seller in (acme, beta)} == {acme.amazon_client_id}
    assert secret_of(beta, "amazon_refresh_token").read() == "beta-token"


def test_a_hyphen_in_a_name_is_an_underscore_in_its_variables() -> None:
    assert variable_of("acme-eu", "amazon_queue_url") == "CROSSDOCK_AMAZON_ACME_EU_QUEUE_URL"
    assert variable_of("acme-eu", "amazon_refresh_token_file") == "CROSSDOCK_AMAZON_ACME_EU_REFRESH_TOKEN_FILE"


def test_one_seller_needs_no_list() -> None:
    (seller,) = read_settings({"CROSSDOCK_AMAZON_SELLER_ID": "A1", "CROSSDOCK_AMAZON_REGION": "fe"}).sellers
    assert (seller.name, seller.account, seller.amazon_region, seller.is_only) == ("", "A1", "fe", True)
    assert Settings().sellers == ()


def test_a_secret_of_its_own_replaces_the_shared_file_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.write_text("shared-secret\n")
    own.write_text("own-secret\n")
    sellers = read(CLIENT_SECRET_FILE=str(shared), ACME_EU_CLIENT_SECRET_FILE=str(own)).sellers
    acme, beta = (secret_of(seller, "amazon_client_secret") for seller in sellers)
    assert (acme.read(), beta.read()) == ("shared-secret", "own-secret")
    own.write_text("rotated-secret")
    assert (acme.read(), beta.read()) == ("shared-secret", "rotated-secret")
    _, valued = read(CLIENT_SECRET_FILE=str(shared), ACME_EU_CLIENT_SECRET="value").sellers
    assert secret_of(valued, "amazon_client_secret").read() == "value"


def test_a_missing_secret_is_named_by_the_variable_of_its_seller() -> None:
    acme, _ = read(ACME_REFRESH_TOKEN=None).sellers
    with pytest.raises(SettingsError, match="CROSSDOCK_AMAZON_ACME_REFRESH_TOKEN is missing"):
        secret_of(acme, "amazon_refresh_token", acme.variable("amazon_refresh_token"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SELLERS": "acme,acme"}, "SELLERS names acme twice"),
        ({"SELLERS": "acme,Beta"}, "CROSSDOCK_AMAZON_SELLERS is wrong"),
        ({"SELLERS": "acme,b" + "b" * 32}, "CROSSDOCK_AMAZON_SELLERS is wrong"),
        ({"SELLERS": "queue"}, "the name queue makes CROSSDOCK_AMAZON_QUEUE_URL ambiguous"),
        ({"SELLERS": "a,a-queue"}, "the name a-queue makes CROSSDOCK_AMAZON_A_QUEUE_URL ambiguous"),
        ({"ACME_SELLER_ID": None}, "CROSSDOCK_AMAZON_ACME_SELLER_ID is missing"),
        ({"ACME_REGION": "moon"}, "CROSSDOCK_AMAZON_ACME_REGION is wrong"),
        ({"REGION": "moon"}, "CROSSDOCK_AMAZON_REGION is wrong"),
        ({"SELLER_ID": "A1"}, "CROSSDOCK_AMAZON_SELLER_ID belongs to one seller"),
        ({"REFRESH_TOKEN_FILE": "/x"}, "such as CROSSDOCK_AMAZON_ACME_REFRESH_TOKEN_FILE"),
        ({"ACME_EU_SELLER_ID": "A1", "ACME_EU_REGION": "na"}, "is also another seller's in the region na"),
    ],
)
def test_settings_that_would_mix_sellers_up_are_refused_in_a_sentence(
    changes: dict[str, str | None], sentence: str
) -> None:
    assert sentence in refused(**changes)


def test_accounts_of_one_seller_id_in_several_regions_are_kept_apart() -> None:
    assert [seller.account for seller in read().sellers] == ["A1", "A2"]
    assert [seller.account for seller in read(ACME_EU_SELLER_ID="A1").sellers] == ["A1/na", "A1/eu"]


def test_a_store_belongs_to_the_seller_it_names_and_without_one_to_an_only_seller() -> None:
    acme, beta = read().sellers
    (listed,) = read(SELLERS="acme", ACME_EU_REGION=None).sellers
    (unlisted,) = read_settings({"CROSSDOCK_AMAZON_SELLER_ID": "A1"}).sellers
    stores = [Store(store_id="us", name="us", seller=seller) for seller in ("acme", "acme-eu", None)]
    assert [acme.has(store) for store in stores] == [True, False, False]
    assert [beta.has(store) for store in stores] == [False, True, False]
    assert [listed.has(store) for store in stores] == [True, False, True]
    assert [unlisted.has(store) for store in stores] == [False, False, True]


def test_variables_of_sellers_that_are_not_listed_are_unknown() -> None:
    assert unknown_variables(TWO) == []
    (sentence,) = unknown_variables(TWO | {"CROSSDOCK_AMAZON_GAMMA_REFRESH_TOKEN": "x"})
    assert sentence.startswith("CROSSDOCK_AMAZON_GAMMA_REFRESH_TOKEN is not a setting")
