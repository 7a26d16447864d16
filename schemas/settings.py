"""How a process is set up, from the environment. Read once, where the parts are joined."""

from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import SettingsError

PREFIX = "CROSSDOCK_"

Cron = str
Seconds = Annotated[float, Field(gt=0, le=366 * 24 * 3600, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36_500)]
"""Both end far within the calendar: what is reckoned with them, from now on or back from now, has to be a date."""

Rate = Annotated[float, Field(ge=0.001, allow_inf_nan=False)]

TIME_LIMIT = 300
"""Far beyond what a batch may wait for (locks 5 s, confirms 30 s, a silent database 30 s, the outside a minute or two),
and far below the 30 minutes after which RabbitMQ takes a message away and lets it hang the next process."""


class Settings(BaseSettings):
    """All settings. Every one is an environment variable: its name in capitals, after `CROSSDOCK_`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", hide_input_in_errors=True)

    broker_url: SecretStr = SecretStr("memory://")
    database_url: SecretStr = SecretStr("sqlite:///crossdock.db")
    vault_key: SecretStr | None = Field(
        default=None, description="Base64 keys of 32 bytes, comma-separated; the first encrypts, all decrypt."
    )
    vault_key_file: str = Field(default="crossdock.key", description="Made at first start when no vault key is set.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    batch: Annotated[int, Field(ge=1, le=1000)] = Field(default=100, description="Messages handled at once, at most.")
    prefetch: Annotated[int, Field(ge=1, le=2000)] = Field(default=500, description="Messages held at once.")
    work_time_limit: Seconds = Field(
        default=TIME_LIMIT, description="Seconds at one piece of work after which a process hangs, and ends itself."
    )

    health_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Where /livez and /readyz answer; not set: nowhere. Further processes take the next."
    )
    health_host: str = Field(default="127.0.0.1", description="The address that /livez and /readyz answer at.")

    personal_data_days: Days = Field(
        default=30,
        description="Days after shipment until personal data is destroyed (Amazon's Data Protection Policy).",
    )
    inbox_retention_days: Days = Field(default=90, description="Days a handled message is remembered.")
    early_event_timeout: Seconds = Field(default=3600, description="Seconds an event waits for its order.")
    answer_timeout: Seconds = Field(default=600, description="Seconds until an unanswered request is said again.")
    sync_rate: Rate = Field(default=50, description="Blocked orders asked again a second.")

    complete_cron: Cron = "* * * * *"
    sync_cron: Cron = "*/5 * * * *"
    retention_cron: Cron = "17 3 * * *"


def read_settings() -> Settings:
    """Read the settings from the environment. Raises SettingsError that names the variable and what is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        variable = PREFIX + str(found["loc"][0]).removeprefix(PREFIX.lower()).upper()
        raise SettingsError(f"{variable} is wrong: {found['msg']}.") from None


def unknown_variables(environment: dict[str, str]) -> list[str]:
    """Return a sentence for each variable with our prefix that is no setting, with the nearest name there is."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    found = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known and not name.startswith(f"{PREFIX}TEST_"):
            near = get_close_matches(name, known, n=1)
            found.append(f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else "."))
    return found
