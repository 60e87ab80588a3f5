"""Ask to be told when an item is back; confirm; leave. Says nothing about who else is on the list."""

import re
from dataclasses import dataclass

from plugin.domain.errors import DomainError, require_positive
from plugin.domain.ids import ItemId, TenantId, product_of
from plugin.domain.saying import said
from plugin.services.errors import NotFound
from plugin.services.facts import to_json
from plugin.services.letters import waitlist_facts
from plugin.services.planning import Planning
from plugin.services.ports.messages import MessageKind, NewMessage
from plugin.services.ports.unit_of_work import Units
from plugin.services.ports.waitlist import WaitlistState
from plugin.services.restock import forget_unsent

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[^@\s<>\"(),:;\\\[\]\x00-\x1f\x7f]+\.[^@\s.]{2,}")


@dataclass(frozen=True, slots=True)
class Waitlist:
    units: Units
    planning: Planning

    def ask(self, tenant_id: TenantId, item: ItemId, email: str, *, locale: str, quantity: int = 1) -> None:
        """Mail a link to confirm with. Somebody who is on the list already gets no second mail, and the same answer."""
        address = checked_address(email)
        require_positive("quantity", quantity)
        now = self.planning.clock.now()
        with self.units(tenant_id) as work:
            if item not in work.items.facts([item]):
                raise NotFound("item", item)
            tenant = work.tenant()
            language = tenant.profile.written(locale)
            entry = work.waitlist.add(item, address, locale=language, quantity=quantity, at=now)
            if entry.state is WaitlistState.UNCONFIRMED:
                product = work.items.products([product_of(item)])[product_of(item)]
                facts = waitlist_facts(entry, product, tenant, now.date())
                key = f"waitlist_confirm:{entry.entry_id}:{entry.asked_at.isoformat()}"
                message = NewMessage(key, MessageKind.WAITLIST_CONFIRM, address, language, to_json(facts))
                if work.messages.add([message], at=now):
                    work.wake("deliver", tenant_id)
            work.commit()

    def confirm(self, tenant_id: TenantId, entry_id: int) -> bool:
        """True if the person now waits. What came in meanwhile is told at once."""
        with self.units(tenant_id) as work:
            entry = work.waitlist.get(entry_id)
            if entry is None or entry.state not in {WaitlistState.UNCONFIRMED, WaitlistState.WAITING}:
                return False
            if entry.state is WaitlistState.UNCONFIRMED:
                work.waitlist.save_state(entry_id, WaitlistState.WAITING, at=self.planning.clock.now())
                self.planning.replan(work, [entry.item_id])
            work.commit()
        return True

    def leave(self, tenant_id: TenantId, entry_id: int) -> bool:
        """True if the entry exists; leaving twice is fine."""
        with self.units(tenant_id) as work:
            entry = work.waitlist.get(entry_id)
            if entry is None:
                return False
            now = self.planning.clock.now()
            work.waitlist.save_state(entry_id, WaitlistState.LEFT, at=now)
            forget_unsent(work, entry, at=now)
            work.commit()
        return True


def checked_address(email: str) -> str:
    """The address, trimmed; whether mail arrives there only the confirmation can tell."""
    address = email.strip()
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise DomainError(
            said("email is not an address that mail can be sent to; it looks like name@example.com."),
            field="email",
            value=email[:LONGEST_ADDRESS],
        )
    return address
