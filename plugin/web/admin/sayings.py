"""A sentence of the domain or the services, kept as pattern and facts, in the language of whoever looks.

Its pattern is translated like all words of the screens; names of ours in it (`Term`) by the lists below.
"""

from collections.abc import Mapping
from datetime import date

from plugin.domain.saying import Fact, Saying, Term
from plugin.web.admin.messages_words import KINDS
from plugin.web.admin.speech import day, gettext, marked, ngettext
from plugin.web.admin.words import AVAILABILITY_BADGES, CHANNELS, RULE_WORDS

SETTINGS: Mapping[str, str] = {
    "mode_override": marked("selling past zero"),
    "count_meaning": marked("what a stock count means"),
    "working_weekdays": marked("working days"),
    "cut_off": marked("cut-off"),
    "storefront": marked("storefront"),
    "extra_holidays": marked("holidays of your own"),
    "public_holidays": marked("public holidays"),
    "keep_shoppers_days": marked("how long shoppers are kept"),
    "keep_waitlist_days": marked("how long the waitlist is kept"),
    "writes_order_notes": marked("staff notes on orders"),
    "sender_name": marked("sender name"),
    "reply_to": marked("reply address"),
    "postal_address": marked("postal address"),
    "allocation": marked("allocation rules"),
    "payments": marked("payment methods"),
    "dkim_selector": marked("DKIM selector"),
    "opening_words": marked("opening words of mails"),
    "closing_words": marked("closing words of mails"),
    "cancels_by_itself": marked("cancelling at the deadline"),
    "delivery_days": marked("days on the road"),
    "quiet_from": marked("quiet hours"),
    "quiet_until": marked("end of the quiet hours"),
    "sends_digest": marked("digest by mail"),
    "waves": marked("waves of the waitlist"),
    "channel_senders": marked("senders of storefronts"),
}
THINGS: Mapping[str, str] = {
    "order": marked("order"),
    "order line": marked("order line"),
    "item": marked("item"),
    "shipment": marked("shipment"),
    "supplier": marked("supplier"),
    "store": marked("store"),
    "proposed cancellation": marked("proposed cancellation"),
    "choice of sending": marked("choice of sending"),
    "entry": marked("entry"),
    "webhook": marked("webhook"),
    "call": marked("call"),
    "mail": marked("mail"),
    "file": marked("file"),
    "user": marked("user"),
    "API key": marked("API key"),
    "policy": marked("policy"),
    "deed": marked("deed"),
    "choice of a substitute": marked("choice of a substitute"),
}
STAGES: Mapping[str, str] = {
    "incomplete": marked("incomplete"),
    "unpaid": marked("not paid yet"),
    "open": marked("open"),
    "closed": marked("sent"),
    "cancelled": marked("cancelled"),
}
SHIPMENT_STATES: Mapping[str, str] = {
    "announced": marked("announced"),
    "in_transit": marked("on its way"),
    "received_in_part": marked("received in part"),
    "received": marked("received"),
    "short": marked("closed short"),
    "cancelled": marked("cancelled"),
}
TERMS: Mapping[str, Mapping[str, str]] = {
    "mail": {kind.value: name for kind, (name, _) in KINDS.items()},
    "setting": SETTINGS,
    "rule": {rule.value: name for rule, (name, _) in RULE_WORDS.items()},
    "availability": {state.value: name for state, (name, _) in AVAILABILITY_BADGES.items()},
    "channel": CHANNELS,
    "thing": THINGS,
    "stage": STAGES,
    "shipment": SHIPMENT_STATES,
}
FIELDS: Mapping[str, str] = {
    "backorder_limit": marked("The limit"),
    "reserve": marked("The reserve"),
    "handling_days": marked("The handling time"),
    "location_limits": marked("The limit of a location"),
    "release_on": marked("The release date"),
    "lead_time_days": marked("The lead time"),
    "lead_shortest": marked("The shortest lead time"),
    "lead_longest": marked("The longest lead time"),
    "quantity": marked("The quantity"),
    "units": marked("The number of units"),
    "received": marked("What was received"),
    "eta": marked("The ETA"),
    "earliest": marked("The first day"),
    "latest": marked("The last day"),
    "location": marked("The location"),
    "waits_days": marked("The time of waiting"),
    "shoppers_days": marked("The time shoppers are kept"),
    "waitlist_days": marked("The time the waitlist is kept"),
    "name": marked("The name"),
    "reply_to": marked("The reply address"),
    "postal_address": marked("The postal address"),
    "note": marked("The note"),
    "words": marked("The text"),
}
"""What a form calls the fields that a sentence is made for, whichever it is."""


def words_of(saying: Saying) -> str:
    facts = {name: _fact(name, fact) for name, fact in saying.facts.items()}
    if saying.many:
        count = int(facts.pop("count"))
        return ngettext(saying.pattern, saying.many, count, **facts)
    return gettext(saying.pattern, **facts) if saying.pattern else ""


def _fact(name: str, fact: Fact) -> str | int:
    match fact:
        case str():
            return gettext(FIELDS[fact]) if name == "field" and fact in FIELDS else fact
        case int():
            return fact
        case date():
            return day(fact)
        case Saying():
            return words_of(fact)
        case Term(of, term):
            known = TERMS.get(of, {})
            return gettext(known[term]) if term in known else str(fact)
        case _:
            return ", ".join(str(_fact("", each)) for each in fact)
