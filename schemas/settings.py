"""Settings of a process, from environment variables. Read once, by the composition root."""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr, ValidationError

from schemas.amazon_sellers import LISTED, AmazonSeller, listed_sellers, names_of, only_seller, variables_of
from schemas.amazon_settings import AmazonSettings
from schemas.commerce_settings import CommerceSettings
from schemas.errors import SettingsError
from schemas.intake_settings import IntakeSettings
from schemas.login_settings import LoginSettings, with_logins
from schemas.openid_settings import OpenIdSettings

PREFIX = "CROSSDOCK_"

Cron = str
Seconds = Annotated[float, Field(gt=0, le=366 * 24 * 3600, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36_500)]
"""Both limits keep every date that is computed with them, before or after now, within the calendar."""

Rate = Annotated[float, Field(ge=0.001, allow_inf_nan=False)]

TIME_LIMIT = 300
"""Seconds. Far beyond the waits of a batch (locks 5 s, confirms 30 s, a silent database 30 s, Amazon or Commerce a
minute or two), and far below the 30 minutes after which RabbitMQ requeues a message to the next process to hang."""

URLS = ("BROKER_URL", "DATABASE_URL")
"""Settings that may be in files, as containers mount secrets, and are read once, at the start."""

RENAMED = {
    "EARLY_PATIENCE": "EARLY_EVENT_TIMEOUT",
    "ANSWER_PATIENCE": "ANSWER_TIMEOUT",
    "TIDY_CRON": "RETENTION_CRON",
    "KEEP_DAYS": "INBOX_RETENTION_DAYS",
    "TIME_LIMIT": "WORK_TIME_LIMIT",
}
"""Settings of versions before 0.1.0, and their names since."""


class Settings(AmazonSettings, CommerceSettings, IntakeSettings, LoginSettings, OpenIdSettings):
    """All settings. Each is an environment variable: `CROSSDOCK_` and its name in capitals."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    broker_url: SecretStr = SecretStr("memory://")
    broker_url_file: str | None = Field(default=None, description="File with the broker's URL, read at the start.")
    database_url: SecretStr = SecretStr("sqlite:///crossdock.db")
    database_url_file: str | None = Field(default=None, description="File with the database's URL, read at the start.")
    vault_key: SecretStr | None = Field(
        default=None, description="Base64 keys of 32 bytes, comma-separated; the first encrypts, all decrypt."
    )
    vault_key_file: str = Field(default="crossdock.key", description="Made at first start when no vault key is set.")
    allow_unencrypted: bool = Field(
        default=False, description="Whether broker and database may be on another machine without TLS."
    )
    amazon_sellers: tuple[AmazonSeller, ...] | None = Field(
        default=None, description="Names of several sellers, comma-separated; each has settings of its own."
    )
    read_only: bool = Field(
        default=False, description="Whether changes of Amazon and Commerce are recorded only, and never sent."
    )
    account_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = Field(
        default="crossdock-", description="Prefix of the names of Crossdock's own accounts on RabbitMQ."
    )
    queue_policies: bool = Field(
        default=False, description="Whether queues are declared without arguments, as policies take their place."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    batch: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=100, description="Maximum number of messages in a batch."
    )
    prefetch: Annotated[int, Field(ge=1, le=2000)] = Field(
        default=500, description="Maximum number of unacknowledged messages."
    )
    work_time_limit: Seconds = Field(
        default=TIME_LIMIT, description="Seconds at one piece of work after which a process counts as hung, and exits."
    )

    health_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Port of /livez, /readyz and /metrics; not set: none. Further processes take the next ones.",
    )
    health_host: str = Field(default="127.0.0.1", description="Address of /livez, /readyz and /metrics.")

    console_port: Annotated[int, Field(ge=1, le=65535)] = Field(
        default=8000, description="Port of the console and the API."
    )
    console_host: str = Field(default="127.0.0.1", description="Address of the console and the API.")
    console_tls_cert_file: str | None = Field(
        default=None, description="File with the console's certificate and its chain, as PEM; not set: no TLS."
    )
    console_tls_key_file: str | None = Field(default=None, description="File with the key of that certificate.")

    traces_url: Annotated[str, Field(pattern=r"^https?://")] | None = Field(
        default=None, description="Address that traces are sent to, by OTLP over HTTP; not set: none are made."
    )

    personal_data_days: Days = Field(
        default=30,
        description="Days after shipment until personal data is destroyed (Amazon's Data Protection Policy).",
    )
    personal_data_max_days: Days = Field(
        default=180, description="Days until personal data is destroyed of an order that nobody ends."
    )
    inbox_retention_days: Days = Field(
        default=90, description="Days until a handled message is deleted from the inbox."
    )
    letter_retention_days: Days = Field(
        default=365, description="Days until a resolved or discarded dead letter is deleted; no less than the inbox's."
    )
    replay_retention_days: Days = Field(default=365, description="Days until an ended replay is deleted.")
    audit_retention_days: Days = Field(default=730, description="Days until an entry of the audit log is deleted.")
    early_event_timeout: Seconds = Field(default=3600, description="Seconds an early event is deferred for its order.")
    stores_by_events: bool = Field(
        default=False, description="Whether an event of an unknown store adds it; else the event waits for the store."
    )
    answer_timeout: Seconds = Field(default=600, description="Seconds until an unanswered request is sent again.")
    sync_rate: Rate = Field(default=50, description="Imports of blocked orders requested again per second.")

    complete_cron: Cron = "* * * * *"
    sync_cron: Cron = "*/5 * * * *"
    retention_cron: Cron = "17 3 * * *"
    reconcile_cron: Cron = "41 4 * * *"

    @property
    def sellers(self) -> tuple[AmazonSeller, ...]:
        """The sellers on Amazon that are connected: those of the list, or the only one; none if it is simulated."""
        return self.amazon_sellers or only_seller(self)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from environment variables.

    Raises SettingsError that names the variable and the problem, or the new name of a renamed one.
    """
    # A line break behind a value comes with the file that it was read from.
    settings = {
        name.upper().removeprefix(PREFIX): value.strip() for name, value in environment.items() if _is_ours(name)
    }
    _refuse_renamed(settings)
    settings |= {name: _contents(settings, name) for name in URLS if f"{name}_FILE" in settings}
    settings = with_logins(settings, PREFIX)
    sellers = listed_sellers(settings, PREFIX)
    values = {name.lower(): value for name, value in settings.items()}
    try:
        return Settings.model_validate(values | {LISTED.lower(): sellers or None})
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        variable = PREFIX + str(problem["loc"][0]).upper()
        raise SettingsError(f"{variable} is wrong: {problem['msg']}.") from None


def _contents(settings: Mapping[str, str], name: str) -> str:
    """Return a URL from the file that a variable names. Raises SettingsError, also where the URL is given as well."""
    variable = f"{PREFIX}{name}_FILE"
    if name in settings:
        raise SettingsError(f"{PREFIX}{name} and {variable} are both set; unset one of them.")
    try:
        return Path(settings[f"{name}_FILE"]).read_text().strip()
    except (OSError, ValueError):
        raise SettingsError(f"{variable} cannot be read as text; check the path and its rights.") from None


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _refuse_renamed(names: Iterable[str]) -> None:
    """Raise SettingsError for an old name: ignored, it would leave the process with a default in silence."""
    for old, new in RENAMED.items():
        if old in names:
            raise SettingsError(f"{PREFIX}{old} is now {PREFIX}{new}; rename the variable.")


def unknown_variables(environment: dict[str, str]) -> list[str]:
    """Return a sentence for each variable with our prefix that is no setting, with the nearest setting's name."""
    variables = [PREFIX + name.upper() for name in Settings.model_fields]
    variables += variables_of(names_of(environment.get(PREFIX + LISTED, "")))
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in variables and not name.startswith(f"{PREFIX}TEST_"):
            near = get_close_matches(name, variables, n=1)
            sentences.append(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))
    return sentences
