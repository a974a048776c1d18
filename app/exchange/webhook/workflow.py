"""When a delivery is tried, when an endpoint rests, and how a message is signed. Pure."""

import base64
import hmac
import secrets
from datetime import timedelta
from enum import StrEnum

from app.core.outgoing import Answer

GONE = 410
TESTED = "webhook.tested"
"""The topic of a test: it is for one webhook alone, whatever that asks for."""

BREAK_AFTER = 5
FIRST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=10)
LATEST = timedelta(days=3)
"""What waits so long is dead: longer than all tries of one delivery, for endpoints that rest between tries."""
JITTER = 0.2
SALT_BYTES = 16


class DeliveryState(StrEnum):
    """`dead` after the last try; `replayed` when sent anew since; `dropped` where the place may not see it any more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    DROPPED = "dropped"
    REPLAYED = "replayed"


class WebhookState(StrEnum):
    """`failing` while its endpoint rests between tries; `gone` after a 410; `unanswered` when nobody answers for it."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"
    GONE = "gone"
    UNANSWERED = "unanswered"


def wait_after(attempts: int, plan: tuple[float, ...], chance: float) -> float | None:
    """Seconds to the next try after so many; nothing when that was the last. `chance` of 0 to 1 spreads the tries."""
    return plan[attempts] * (1 + JITTER * chance) if attempts < len(plan) else None


def rest_after(failures: int) -> timedelta | None:
    """How long an endpoint rests after so many failures in a row; nothing while it need not."""
    if failures < BREAK_AFTER:
        return None
    doubled = min(failures - BREAK_AFTER, 10)
    return min(FIRST_REST * (1 << doubled), LONGEST_REST)


def is_gone(answer: Answer) -> bool:
    """Whether the receiver wants nothing more, ever."""
    return answer.status == GONE


def new_salt() -> bytes:
    """What makes the next secret of a webhook another one."""
    return secrets.token_bytes(SALT_BYTES)


def key_of(master: bytes, salt: bytes) -> bytes:
    """The key that a webhook's messages are signed with: made from the service's own secret, so stored nowhere."""
    return hmac.digest(master, b"webhook:" + salt, "sha256")


def secret_of(key: bytes) -> str:
    """A key as the receiver gets it."""
    return f"whsec_{base64.b64encode(key).decode()}"


def signed(keys: tuple[bytes, ...], message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a message (Standard Webhooks), signed with every key that is good now."""
    content = b"%s.%d.%s" % (message_id.encode(), at, body)
    signatures = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
