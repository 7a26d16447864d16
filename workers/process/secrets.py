"""Credentials as the settings have them: each from a variable, or from the file that the variable with _FILE names."""

from pydantic import BaseModel

from gateways.secrets import Secret
from schemas.settings import PREFIX


def secret_of(settings: BaseModel, name: str, variable: str | None = None) -> Secret:
    """Return the secret of the settings *name* and *name* with `_file`. Raises SettingsError when it is missing.

    *variable* is its environment variable, if it is not that of the name.
    """
    value = getattr(settings, name)
    known_as = variable or PREFIX + name.upper()
    secret = Secret(known_as, value and value.get_secret_value(), getattr(settings, f"{name}_file"))
    secret.read()
    return secret
