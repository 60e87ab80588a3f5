"""How pages say days, moments, numbers and states: sentence case, dates that cannot be misread, the store's own time."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from plugin.domain.calendar import DateWindow
from plugin.domain.changes import Availability
from plugin.domain.store import ConnectionState, Tenant
from plugin.services.errors import ParkingReason

NO_DATE = "No date yet"

Badge = tuple[str, str]
"""What it says, and its tone in admin.css."""

STATE_BADGES: dict[ConnectionState, Badge] = {
    ConnectionState.INSTALLING: ("Setting up", "primary"),
    ConnectionState.CONNECTED: ("Connected", "success"),
    ConnectionState.DISCONNECTED: ("Disconnected", "danger"),
    ConnectionState.LEFT: ("Left", "warning"),
    ConnectionState.UNINSTALLED: ("Uninstalled", "danger"),
}
AVAILABILITY_BADGES: dict[Availability, Badge] = {
    Availability.PLAIN: ("Policy off", ""),
    Availability.IN_STOCK: ("In stock", "success"),
    Availability.BACKORDER: ("On backorder", "primary"),
    Availability.PREORDER: ("Pre-order", "primary"),
    Availability.CLOSED: ("Limit reached", "warning"),
}
PARKED_WORDS: dict[ParkingReason, str] = {
    "exceeded": "It was tried for hours without success.",
    "rejected": "The other side refused it.",
    "gone": "What it was meant for no longer exists.",
    "configuration": "A setting or a permission is missing.",
    "internal": "Something broke on our side.",
}
SETUP_STEPS: dict[str, str] = {
    "waiting": "Ask the store who it is and how it counts stock",
    "webhooks": "Register webhooks, so that orders and stock changes are heard of",
    "catalog": "Read products and variants",
    "orders": "Read the open orders",
    "stock": "Read stock levels and plan",
}
"""The steps services/tenants.py walks through, in its order."""


def days(window: DateWindow | None) -> str:
    """Say `4 Dec 2026`, `4–11 Dec 2026` or `28 Nov – 4 Dec 2026`."""
    if window is None:
        return NO_DATE
    first, last = window.earliest, window.latest
    if first == last:
        return f"{last:%-d %b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last:%-d %b %Y}"
    start = f"{first:%-d %b}" if first.year == last.year else f"{first:%-d %b %Y}"
    return f"{start} – {last:%-d %b %Y}"


def moment(at: datetime, tenant: Tenant) -> str:
    """Say `22 Nov 2026, 14:03` in the store's time zone."""
    return f"{at.astimezone(zone_of(tenant)):%-d %b %Y, %H:%M}"


def zone_of(tenant: Tenant) -> ZoneInfo:
    try:
        return ZoneInfo(tenant.profile.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago, in the unit a person would use."""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            whole = seconds // size
            return f"{whole} {unit}{'' if whole == 1 else 's'} ago"
    return "just now"


def number(quantity: int) -> str:
    return f"{quantity:,}"
