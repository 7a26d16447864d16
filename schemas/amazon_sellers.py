"""The sellers on Amazon that are connected: the only one, or those of a list, each with settings of its own."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ConfigDict, Field, ValidationError

from schemas.amazon_settings import AmazonSettings
from schemas.errors import SettingsError
from schemas.store import Store

AMAZON = "CROSSDOCK_AMAZON_"
LISTED = "AMAZON_SELLERS"
"""The setting that names the sellers, comma-separated."""

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 32
_OWN = ("amazon_seller_id", "amazon_refresh_token", "amazon_refresh_token_file")
"""Settings that belong to one seller; the others hold for every listed seller that has none of its own."""


class AmazonSeller(AmazonSettings):
    """The settings of one seller's account in one region.

    `name` is that of the list, "" for a seller without one; `account` is the key of its calls, searches and backfills
    in the ledger; `is_only`: stores that name no seller belong to it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    name: str = ""
    account: str = ""
    is_only: bool = Field(default=True)

    def has(self, store: Store) -> bool:
        """Whether a store is this seller's."""
        return self.is_only if store.seller is None else store.seller == self.name

    def variable(self, setting: str) -> str:
        """Return the environment variable of a setting, such as `amazon_refresh_token`, of this seller."""
        return variable_of(self.name, setting)

    @property
    def label(self) -> str:
        """The seller in a sentence: "the seller", or "the seller NAME" of several."""
        return f"the seller {self.name}" if self.name else "the seller"


def variable_of(seller: str, setting: str) -> str:
    """Return the environment variable of a seller's setting."""
    prefix = f"{seller.upper().replace('-', '_')}_" if seller else ""
    return f"{AMAZON}{prefix}{setting.removeprefix('amazon_').upper()}"


def names_of(listed: str) -> list[str]:
    """Return the names in a list of sellers. Raises SettingsError for one that is no name, or there twice."""
    names = [name.strip() for name in listed.split(",") if name.strip()]
    for name in names:
        if not NAME.fullmatch(name) or len(name) > LONGEST:
            raise SettingsError(
                f"{AMAZON}SELLERS is wrong: a seller's name has small letters, digits and single hyphens, begins with a"
                f" letter, and is not longer than {LONGEST}."
            )
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise SettingsError(f"{AMAZON}SELLERS names {twice[0]} twice.")
    return names


def variables_of(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the seller and the setting of each variable that listed sellers may have.

    Raises SettingsError where two of them, or one and a shared setting, would be the same variable.
    """
    shared = {variable_of("", setting) for setting in AmazonSettings.model_fields}
    variables: dict[str, tuple[str, str]] = {}
    for name in names:
        for setting in AmazonSettings.model_fields:
            variable = variable_of(name, setting)
            if variable in variables or variable in shared:
                raise SettingsError(f"{AMAZON}SELLERS: the name {name} makes {variable} ambiguous; choose another one.")
            variables[variable] = (name, setting)
    return variables


def listed_sellers(settings: Mapping[str, str], prefix: str) -> tuple[AmazonSeller, ...]:
    """Return the listed sellers of the *settings*, by their names without *prefix*; none without a list.

    Raises SettingsError, which names the variable.
    """
    names = names_of(settings.get(LISTED, ""))
    if not names:
        return ()
    if lost := [name for name in _OWN if name.upper() in settings]:
        raise SettingsError(
            f"{variable_of('', lost[0])} belongs to one seller, and {AMAZON}SELLERS lists them: rename it, such as"
            f" {variable_of(names[0], lost[0])}."
        )
    own: dict[str, dict[str, str]] = {name: {} for name in names}
    for variable, (name, setting) in variables_of(names).items():
        if (value := settings.get(variable.removeprefix(prefix))) is not None:
            own[name][setting] = value
    shared = {name: settings[name.upper()] for name in AmazonSettings.model_fields if name.upper() in settings}
    return _with_accounts([_seller(name, values, shared, is_only=len(names) == 1) for name, values in own.items()])


def _seller(name: str, own: Mapping[str, str], shared: Mapping[str, str], *, is_only: bool) -> AmazonSeller:
    inherited = {key: value for key, value in shared.items() if not _replaced(key, own)}
    try:
        seller = AmazonSeller.model_validate({**inherited, **own, "name": name, "is_only": is_only})
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        setting = str(problem["loc"][0])
        raise SettingsError(
            f"{variable_of(name if setting in own else '', setting)} is wrong: {problem['msg']}."
        ) from None
    if not seller.amazon_seller_id:
        variable = seller.variable("amazon_seller_id")
        raise SettingsError(f"{variable} is missing: the seller's id, as Seller Central shows it.")
    return seller


def _replaced(setting: str, own: Mapping[str, str]) -> bool:
    """Whether a seller has a secret of its own, as a value or as a file, in place of a shared one."""
    plain = setting.removesuffix("_file")
    return plain in own or f"{plain}_file" in own


def _with_accounts(sellers: Sequence[AmazonSeller]) -> tuple[AmazonSeller, ...]:
    """Return the sellers with their accounts: the seller's id, and its region where several regions have one id."""
    ids = Counter(seller.amazon_seller_id for seller in sellers)
    places = Counter((seller.amazon_seller_id, seller.amazon_region) for seller in sellers)
    with_accounts: list[AmazonSeller] = []
    for seller in sellers:
        seller_id, region = seller.amazon_seller_id or "", seller.amazon_region
        if places[seller_id, region] > 1:
            raise SettingsError(
                f"{seller.variable('amazon_seller_id')} is also another seller's in the region {region}; list each"
                " account once."
            )
        account = seller_id if ids[seller_id] == 1 else f"{seller_id}/{region}"
        with_accounts.append(seller.model_copy(update={"account": account}))
    return tuple(with_accounts)


def only_seller(settings: AmazonSettings) -> tuple[AmazonSeller, ...]:
    """Return the seller of settings without a list; none where Amazon is simulated."""
    if not settings.amazon_seller_id:
        return ()
    facts = {name: getattr(settings, name) for name in AmazonSettings.model_fields}
    return (AmazonSeller(**facts, account=settings.amazon_seller_id),)


def names_text(sellers: Sequence[AmazonSeller]) -> str:
    """Return the names of the sellers, for a sentence that refuses another one."""
    names = [seller.name for seller in sellers if seller.name]
    return f"{AMAZON}SELLERS has {', '.join(names)}" if names else f"{AMAZON}SELLERS lists none"
