"""A provider's metadata (OpenID Connect Discovery 1.0)."""

from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from gateways.errors import IdentityRefusedError
from schemas.hosts import is_this_machine
from schemas.value import Value

PATH = "/.well-known/openid-configuration"


class ProviderMetadata(Value):
    """The provider's addresses, and how it wants clients to prove who they are."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


def read_metadata(data: Any, issuer: str, *, allow_unencrypted: bool) -> ProviderMetadata:
    """Return the metadata of a discovery document. Raises IdentityRefusedError for another issuer's, or a wrong one."""
    try:
        metadata = ProviderMetadata.model_validate(data)
    except ValidationError:
        raise IdentityRefusedError(
            f"The identity provider has no usable document at {issuer.rstrip('/')}{PATH}; check CROSSDOCK_OIDC_ISSUER."
        ) from None
    if metadata.issuer != issuer:
        raise IdentityRefusedError(
            "The identity provider names another issuer than CROSSDOCK_OIDC_ISSUER; set it as the provider does."
        )
    addresses = (
        metadata.authorization_endpoint,
        metadata.token_endpoint,
        metadata.jwks_uri,
        metadata.userinfo_endpoint,
    )
    if not all(allow_unencrypted or is_protected(address) for address in addresses if address):
        raise IdentityRefusedError("The identity provider names an address without TLS; nobody is signed in by it.")
    return metadata


def is_protected(address: str) -> bool:
    """Whether nobody on the way can read or change requests to an address: it has TLS, or is this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or "-"))
