"""The configuration of a process: read once, refused at start with the name of the key that is wrong."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core.egress import Allowed

MIN_SECRET_BYTES = 32
MINUTE, HOUR = 60.0, 3600.0
WEBHOOK_TRIES_S = (0.0, 5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
"""How long a webhook's delivery waits before each try."""
Adapter = Literal["osmand", "owntracks", "traccar", "overland", "native"]
"""A way in for positions by a device's own key; each is off until it is named."""


class Settings(BaseSettings):
    """Every setting, from the environment with the prefix `LIANQIN_` (`DATABASE_URL` and `PORT` also bare)."""

    model_config = SettingsConfigDict(
        env_prefix="LIANQIN_", env_ignore_empty=True, extra="ignore", populate_by_name=True, frozen=True
    )

    database_url: str = Field(validation_alias=AliasChoices("LIANQIN_DATABASE_URL", "DATABASE_URL"))
    secret: SecretStr
    port: Annotated[int, Field(ge=1, le=65535, validation_alias=AliasChoices("LIANQIN_PORT", "PORT"))] = 8000
    host: str = "127.0.0.1"
    data_dir: Path = Path(".data")
    demo_password: Annotated[SecretStr, Field(min_length=12, max_length=200)] | None = None
    unsafe_database: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    issuer: str = "lianqin"
    access_token_s: Annotated[int, Field(ge=60, le=3600)] = 900
    refresh_token_s: Annotated[int, Field(ge=3600, le=90 * 86400)] = 14 * 86400
    command_pool: Annotated[int, Field(ge=1, le=200)] = 12
    query_pool: Annotated[int, Field(ge=1, le=200)] = 8
    search_pool: Annotated[int, Field(ge=1, le=200)] = 4
    position_pool: Annotated[int, Field(ge=1, le=200)] = 4
    export_pool: Annotated[int, Field(ge=1, le=50)] = 2
    export_s: Annotated[int, Field(ge=1, le=3600)] = 300
    session_pool: Annotated[int, Field(ge=1, le=200)] = 8
    statement_timeout_s: Annotated[int, Field(ge=1, le=600)] = 15
    max_body_bytes: Annotated[int, Field(ge=1024)] = 64 * 1024 * 1024
    stream_keep_hours: Annotated[int, Field(ge=1)] = 72
    nats_url: SecretStr | None = None
    nats_subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,50}(\.[A-Za-z0-9_-]{1,50}){0,5}$")] = "lianqin.log"
    notice_keep_days: Annotated[int, Field(ge=1, le=400)] = 90
    track_keep_days: Annotated[int, Field(ge=1, le=180)] = 30
    evidence_keep_days: Annotated[int, Field(ge=1, le=3650)] = 180
    evidence_least_free: Annotated[float, Field(ge=0, lt=1)] = 0.1
    evidence_bucket: str | None = None
    evidence_s3_endpoint: str | None = None
    evidence_s3_region: str = "us-east-1"
    evidence_s3_key: str | None = None
    evidence_s3_secret: SecretStr | None = None
    webhook_allow: Annotated[tuple[str, ...], NoDecode] = ()
    webhook_keep_days: Annotated[int, Field(ge=4, le=400)] = 30
    webhook_tries_s: Annotated[tuple[float, ...], NoDecode, Field(min_length=1, max_length=20)] = WEBHOOK_TRIES_S
    webhook_timeout_s: Annotated[float, Field(gt=0, le=60)] = 15
    webhook_slots: Annotated[int, Field(ge=1, le=64)] = 8
    ingest: Annotated[frozenset[Adapter], NoDecode] = frozenset()
    open311_quota: Annotated[int, Field(ge=1)] = 600
    jt808_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    jt808_host: str = "127.0.0.1"

    @field_validator("ingest", "webhook_allow", "webhook_tries_s", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("webhook_allow")
    @classmethod
    def _allowable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Allowed.of(value)
        return value

    @field_validator("database_url")
    @classmethod
    def _async_driver(cls, value: str) -> str:
        for plain in ("postgres://", "postgresql://"):
            if value.startswith(plain):
                return "postgresql+asyncpg://" + value.removeprefix(plain)
        if not value.startswith("postgresql+asyncpg://"):
            message = "must start with postgresql:// or postgresql+asyncpg://"
            raise ValueError(message)
        return value

    @field_validator("nats_url")
    @classmethod
    def _has_the_client(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("nats://", "tls://")):
            message = "must start with nats:// or tls://"
            raise ValueError(message)
        if value is not None and find_spec("nats") is None:
            message = "needs the extra `nats`: pip install lianqin[nats]"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _secret_is_long(self) -> Self:
        if len(self.secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
            message = f"secret must be at least {MIN_SECRET_BYTES} bytes"
            raise ValueError(message)
        return self

    @property
    def driver_url(self) -> str:
        """The same address for the bare driver."""
        return self.database_url.replace("postgresql+asyncpg://", "postgresql://", 1)


class BadSettings(SystemExit):
    """The process will not start; the message names each key that is wrong."""


def load_settings() -> Settings:
    """Read the settings from the environment, or stop with one line a wrong key."""
    try:
        return Settings()  # type: ignore[call-arg]  # the values come from the environment
    except ValidationError as error:
        lines = [f"  {_key(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise BadSettings("Configuration refused:\n" + "\n".join(lines)) from None


def _key(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else "secret"
    return name if name.isupper() else f"LIANQIN_{name.upper()}"
