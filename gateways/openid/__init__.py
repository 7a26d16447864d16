"""An OpenID provider that signs people in: OpenID Connect Core 1.0, with an authorization code and PKCE (RFC 7636)."""
