"""Settings of the connection to Amazon. Without `amazon_queue_url` no notifications are read."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AmazonSettings(BaseModel):
    """The seller, the credentials of the application, and the queue of notifications; see docs/connect-amazon.md.

    With `amazon_sellers` these are shared by the listed sellers; see schemas.amazon_sellers.
    """

    model_config = ConfigDict(defer_build=True)  # only all settings together are ever read

    amazon_seller_id: str | None = Field(default=None, description="Id of the seller (merchant token).")
    amazon_region: Literal["na", "eu", "fe"] = Field(
        default="na", description="Region of the Selling Partner API: North America, Europe, Far East."
    )
    amazon_client_id: SecretStr | None = None
    amazon_client_id_file: str | None = None
    amazon_client_secret: SecretStr | None = None
    amazon_client_secret_file: str | None = None
    amazon_refresh_token: SecretStr | None = None
    amazon_refresh_token_file: str | None = None
    amazon_included_data: Annotated[str, Field(pattern=r"^[A-Z_]+(,[A-Z_]+)*$")] = Field(
        default="BUYER,RECIPIENT,PROCEEDS,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX",
        description="Data sets of an order that the application's roles allow.",
    )
    amazon_queue_url: str | None = Field(
        default=None, description="URL of the SQS queue with Amazon's notifications; not set: none are read."
    )
    amazon_sweep_seconds: Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)] = Field(
        default=900, description="Seconds between two searches for changed orders whose notification was lost."
    )
    amazon_url: str | None = Field(default=None, description="Selling Partner API elsewhere, such as a simulator.")
    amazon_sign_in_url: str | None = Field(default=None, description="Login with Amazon elsewhere.")
