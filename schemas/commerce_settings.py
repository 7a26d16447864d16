"""Settings of the connection to Adobe Commerce. Without `commerce_url` Commerce is simulated."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class CommerceSettings(BaseModel):
    """The shop's address and credentials, and the way to create orders there; see docs/connect-commerce.md."""

    model_config = ConfigDict(defer_build=True)  # only all settings together are ever read

    commerce_url: str | None = Field(
        default=None, description="Base URL of the shop, without /rest; not set: Commerce is simulated."
    )
    commerce_admin_url: Annotated[str, Field(pattern=r"^https?://")] | None = Field(
        default=None,
        description="URL of the shop's Admin, such as https://shop.example/admin, for links to its orders.",
    )
    commerce_consumer_key: SecretStr | None = None
    commerce_consumer_key_file: str | None = None
    commerce_consumer_secret: SecretStr | None = None
    commerce_consumer_secret_file: str | None = None
    commerce_access_token: SecretStr | None = None
    commerce_access_token_file: str | None = None
    commerce_access_token_secret: SecretStr | None = None
    commerce_access_token_secret_file: str | None = None

    commerce_ims_organization: str | None = Field(
        default=None, description="Organization at Adobe; set, the shop is Commerce as a Cloud Service."
    )
    commerce_ims_client_id: SecretStr | None = None
    commerce_ims_client_id_file: str | None = None
    commerce_ims_client_secret: SecretStr | None = None
    commerce_ims_client_secret_file: str | None = None
    commerce_ims_url: str = Field(
        default="https://ims-na1.adobelogin.com", description="Adobe's identity service, which issues access tokens."
    )

    commerce_calls: Annotated[int, Field(ge=1, le=256)] = Field(
        default=8, description="Maximum number of calls to the shop at a time, for each process."
    )
    commerce_website: str = Field(default="base", description="Code of the website whose stock counts.")
    commerce_stock: Literal["cart", "repair", "none", "module"] = Field(
        default="cart", description="How the shop's stock is kept right when an order is created."
    )
    commerce_module_path: Annotated[str, Field(pattern=r"^/V1(/[A-Za-z0-9_-]+){2,}$")] = Field(
        default="/V1/crossdock/orders", description="Path of the shop's own module, below /rest/STORE_VIEW."
    )
    commerce_payment_method: str = Field(default="checkmo", description="Payment method of created orders.")
    commerce_shipping_method: Annotated[str, Field(pattern=r"^[^_]+_.+$")] = Field(
        default="flatrate_flatrate", description="Carrier and method of created orders, joined by _."
    )
    commerce_mailbox: str | None = Field(
        default=None, description="The shop's own mailbox, which gets Commerce's order confirmations."
    )
    commerce_asin_attribute: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = Field(
        default=None, description="Code of the product attribute that has the ASIN."
    )
