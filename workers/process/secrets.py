"""Credentials as the settings have them: each from a variable, or from the file that the variable with _FILE names."""

from gateways.secrets import Secret
from schemas.settings import PREFIX, Settings


def secret_of(settings: Settings, name: str) -> Secret:
    """Return the secret of the settings *name* and *name* with `_file`. Raises SettingsError when it is missing."""
    value = getattr(settings, name)
    secret = Secret(PREFIX + name.upper(), value and value.get_secret_value(), getattr(settings, f"{name}_file"))
    secret.read()
    return secret
