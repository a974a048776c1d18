"""What a log line may hold: allowed fields only, and never a secret, a phone number or a place."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

SECRET_KEYS: Final = frozenset(
    [
        "authorization",
        "x-api-key",
        "api_key",
        "password",
        "secret",
        "token",
        "access_token",
        "refresh_token",
        "phone",
        "name",
        "reporter",
        "location",
        "coordinates",
        "lon",
        "lat",
        "description",
        "title",
        "note",
        "reason",
        "address",
        "body",
        "key",
    ]
)
PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
QUERY_SECRET = re.compile(r"(?i)\b(key|token|access_token|api_key)=[^&\s]+")
REDACTED = "[redacted]"


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace what must not be logged, by the field's name and by its shape."""
    return {key: REDACTED if key.lower() in SECRET_KEYS else _scrub(value) for key, value in event.items()}


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return QUERY_SECRET.sub(r"\1=" + REDACTED, PHONE.sub(REDACTED, value))
    if isinstance(value, dict):
        return dict(redact(None, "", value))
    if isinstance(value, list | tuple):
        return [_scrub(item) for item in value]
    return value


def configure(level: str, shape: str) -> None:
    """Send structured lines to standard error: JSON for machines, or one readable line."""
    last: Any = structlog.processors.JSONRenderer() if shape == "json" else structlog.dev.ConsoleRenderer(colors=False)
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        last,
    ]
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s", force=True)
    logging.getLogger("uvicorn.access").disabled = True
