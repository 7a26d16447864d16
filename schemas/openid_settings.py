"""Settings of signing in by an OpenID provider. Without `oidc_issuer` only local users sign in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class OpenIdSettings(BaseModel):
    """The provider, Crossdock's registration there, and which groups have which role; see docs/sign-in.md."""

    model_config = ConfigDict(defer_build=True)  # only all settings together are ever read

    console_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = Field(
        default=None, description="URL at which people reach the console; an OpenID provider leads back to it."
    )
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")] | None = Field(
        default=None, description="Issuer of the OpenID provider that signs people in; not set: only local users."
    )
    oidc_name: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        default="single sign-on", description="Name of the provider, on the sign-in page's button."
    )
    oidc_client_id: str | None = Field(default=None, description="Client id of Crossdock's registration there.")
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: str | None = None
    oidc_scopes: Annotated[str, Field(pattern=r"^openid( \S+)*$")] = Field(
        default="openid profile email", description="Scopes that are asked for; openid comes first."
    )
    oidc_name_claim: str = Field(
        default="preferred_username", description="Claim that names the person in lists and the audit."
    )
    oidc_roles_claim: str = Field(default="groups", description="Claim that has the person's groups.")
    oidc_roles: str | None = Field(
        default=None, description="Role of each group, as GROUP=ROLE; several are separated by semicolons."
    )
    oidc_token_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        default=30, description="Days without a sign-in of the person after which their API tokens are refused."
    )
