"""A hook, an event, and one delivery of the event to the hook with everything that was tried."""

from dataclasses import dataclass, field
from typing import Any, Literal

RETRY_LADDER = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21600, 50400, 86400)

State = Literal["waiting", "sending", "delivered", "retrying", "lost", "dropped", "failed"]


@dataclass(slots=True, kw_only=True)
class Hook:
    """`works_from` and `last_event_at` are seconds of the sandbox clock."""

    id: int
    client_id: str
    store_hash: str
    scope: str
    destination: str
    created_at: int
    updated_at: int
    works_from: float
    last_event_at: float
    headers: dict[str, str] | None = None
    is_active: bool = True
    deactivated: bool = False


@dataclass(slots=True, kw_only=True)
class Event:
    id: int
    store_hash: str
    scope: str
    data: dict[str, Any]
    hash: str
    created_at: int
    body: bytes


@dataclass(slots=True, kw_only=True)
class Attempt:
    at: float
    status: int | None
    error: str
    milliseconds: float


@dataclass(slots=True, kw_only=True)
class Delivery:
    """`message_id` and `signed_at` go into the signature headers; retries keep the id."""

    id: int
    event: Event
    hook_id: int
    client_id: str
    destination: str
    message_id: str
    due_at: float
    signed_at: int
    state: State = "waiting"
    retries: int = 0
    is_extra: bool = False
    attempts: list[Attempt] = field(default_factory=list)
