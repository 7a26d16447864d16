"""Settings of the intake over HTTP, and of Commerce's reports."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class IntakeSettings(BaseModel):
    """The addresses of the intake over HTTP; see docs/publish-over-http.md and docs/connect-commerce.md."""

    model_config = ConfigDict(defer_build=True)  # only all settings together are ever read

    intake_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Port on which events are taken over HTTP; not set: none are."
    )
    intake_host: str = Field(default="127.0.0.1", description="Address on which events are taken over HTTP.")

    intake_tls_cert_file: str | None = Field(
        default=None, description="File with the intake's certificate and its chain, as PEM; not set: no TLS."
    )
    intake_tls_key_file: str | None = Field(
        default=None, description="File with the key of that certificate; not set: it is in the same file."
    )
    intake_tls_client_ca_file: str | None = Field(
        default=None, description="File with the authorities of clients' certificates; not set: clients need none."
    )

    commerce_events_client_id: str | None = Field(
        default=None, description="Client id of the project at Adobe whose I/O events are taken; not set: none are."
    )
    commerce_events_organization: str | None = Field(
        default=None, description="Organization at Adobe of that project, to read its journal."
    )
    commerce_events_client_secret: SecretStr | None = None
    commerce_events_client_secret_file: str | None = None
    commerce_events_keys_url: str = Field(
        default="https://static.adobeioevents.com", description="Where Adobe's public keys are."
    )
    commerce_events_confirm_url: str = Field(
        default="https://csm.adobe.io", description="Where a registration of I/O events may be confirmed."
    )
    commerce_journal_url: str | None = Field(
        default=None, description="Journal of the registration of I/O events, to fill gaps; not set: it is not read."
    )
    commerce_webhook_secret: SecretStr | None = Field(
        default=None, description="Secret that signs the shop's own webhook; not set: it is not taken."
    )
    commerce_webhook_secret_file: str | None = None
    commerce_poll_seconds: Annotated[float, Field(ge=5, le=24 * 3600)] = Field(
        default=60, description="Seconds between two looks for changed shipments and products."
    )
