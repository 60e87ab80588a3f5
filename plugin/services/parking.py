"""Give what was parked its tries back, because a person asked; queries.py lists it."""

from dataclasses import dataclass

from plugin.domain.errors import DomainError
from plugin.domain.ids import MessageId, TenantId
from plugin.domain.saying import said
from plugin.services.ports.publications import PublicationKind
from plugin.services.ports.system import Clock
from plugin.services.ports.unit_of_work import UnitOfWork, Units
from plugin.services.queries import ParkedThing


@dataclass(frozen=True, slots=True)
class Parking:
    units: Units
    clock: Clock

    def try_again(self, tenant_id: TenantId, thing: ParkedThing, key: str) -> None:
        """`key` as `ParkedRow` has it. What is no longer parked, or of another store, stays as it is."""
        with self.units(tenant_id) as work:
            match thing:
                case ParkedThing.EVENT:
                    work.inbox.postpone([_number(key)], until=self.clock.now())
                    work.wake("drain_inbox", tenant_id)
                case ParkedThing.MESSAGE:
                    work.messages.postpone(MessageId(_number(key)), until=self.clock.now())
                    work.wake("deliver", tenant_id)
                case ParkedThing.PUBLICATION:
                    self._publish_again(work, key)
                    work.wake("publish", tenant_id)
            work.commit()

    def _publish_again(self, work: UnitOfWork, key: str) -> None:
        kind, _, target = key.partition(":")
        if kind not in set(PublicationKind):
            raise DomainError(
                said("%(key)r names nothing that is published.", key=key[:80]), field="key", value=key[:80]
            )
        found = work.publications.get(PublicationKind(kind), [target])
        work.publications.postpone(list(found.values()), until=self.clock.now())


def _number(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise DomainError(said("%(key)r is no number.", key=key[:80]), field="key", value=key[:80])
    return int(key)
