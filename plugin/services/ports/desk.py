"""The merchant's desk: the journal, deeds that can be undone, saved views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from plugin.domain.saying import Saying
from plugin.services.causes import LinkedCall


@dataclass(frozen=True, slots=True)
class Activity:
    """A decision, for the merchant, to be said in any language. `about` names what it is about: `order:100`, `item:77`."""

    at: datetime
    kind: str
    about: str
    said: Saying


@dataclass(frozen=True, slots=True)
class Deed:
    """What a user did to many lines at once. `undo` holds what it was before; None where it cannot be taken back."""

    deed_id: int
    at: datetime
    user_id: int
    kind: str
    text: str
    undo: Mapping[str, Any] | None = None
    undo_until: datetime | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A list as somebody wants to see it again: the query of its address."""

    name: str
    query: str


class Deeds(Protocol):
    def add(self, deed: Deed) -> int:
        """`deed_id` is ignored; returns the new one."""
        ...

    def get(self, deed_id: int) -> Deed:
        """Raises NotFound."""
        ...

    def take_back(self, deed: Deed) -> bool:
        """False if it was taken back before."""
        ...


class SavedViews(Protocol):
    def all(self, screen: str) -> list[SavedView]:
        """By name."""
        ...

    def save(self, screen: str, view: SavedView) -> None: ...
    def delete(self, screen: str, name: str) -> bool: ...


class Calls(Protocol):
    def add(self, made: Sequence[LinkedCall]) -> None:
        """Keep calls to the shop with what they carried out."""
        ...


class Journal(Protocol):
    def add(self, entries: Sequence[Activity]) -> None: ...
