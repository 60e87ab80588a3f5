"""Our worker for `whole_way.py`: the real one, with a shop that answers from memory, and a note of each event's effect.

python -m bench.drainer effect: an event's effect is the note alone, as it is with the peers.
python -m bench.drainer plan: orders are saved and items planned as well, as in real life.
"""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bench.memory_shop import MemoryShop
from bench.peers import delivery
from plugin import telemetry
from plugin.adapters.queue import QUEUES
from plugin.bootstrap import Plugin, build
from plugin.domain.ids import OrderId
from plugin.domain.order import Order
from plugin.services.news import News
from plugin.services.ports.inbox import EventHint, EventReader
from plugin.services.ports.unit_of_work import UnitOfWork
from plugin.settings import Settings
from workers import jobs
from workers.__main__ import run_worker

ITEMS = 50


class Shops:
    """One shop: it knows every order it is asked for, or none, where only the effect counts."""

    def __init__(self, *, know: bool) -> None:
        self._shop = MemoryShop(ITEMS, answer=0) if know else EmptyShop(ITEMS, answer=0)

    def open(self, _tenant: str) -> MemoryShop:
        return self._shop


class EmptyShop(MemoryShop):
    def orders(self, _ids: Collection[OrderId]) -> list[Order]:
        return []


@dataclass
class Noting:
    """Reads events and takes news over as the app does, and notes the effect of what it has read."""

    reader: EventReader
    intake: Any
    plans: bool
    read_so_far: list[int] = field(default_factory=list)

    def read(self, topic: str, body: Mapping[str, Any]) -> EventHint:
        if topic.startswith("store/"):
            self.read_so_far.append(delivery.number_of(body))
        return self.reader.read(topic, body)

    def take_over(self, work: UnitOfWork, news: News) -> None:
        if self.plans:
            self.intake.take_over(work, news)
        delivery.note(self.read_so_far)
        self.read_so_far.clear()

    @property
    def planning(self) -> Any:
        return self.intake.planning


def prepared(settings: Settings, *, plans: bool) -> Plugin:
    plugin = build(settings)
    noting = Noting(plugin.inbox.events, plugin.inbox.intake, plans)
    inbox = replace(plugin.inbox, events=noting, intake=noting, stores=Shops(know=plans))  # type: ignore[arg-type]
    return replace(plugin, inbox=inbox)


if __name__ == "__main__":
    settings = Settings.from_env()
    telemetry.configure(settings, process="worker")
    plugin = prepared(settings, plans=sys.argv[1] == "plan")
    jobs.plugin = lambda: plugin  # type: ignore[assignment]
    run_worker(settings, QUEUES)
