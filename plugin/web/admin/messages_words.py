"""What each kind of mail is called, and why a shopper gets it; used wherever a screen speaks of mails."""

from collections.abc import Mapping

from plugin.services.ports.messages import MessageKind
from plugin.services.proof import MailResult
from plugin.web.admin.speech import marked

KINDS: Mapping[MessageKind, tuple[str, str]] = {
    MessageKind.CONFIRMED: (
        marked("Order confirmed, with dates"),
        marked("The order is paid and waits for something: the first date its shopper is told."),
    ),
    MessageKind.ARRIVED: (marked("Goods have come in"), marked("Units this order waited for are tied to it now.")),
    MessageKind.DATE_SET: (marked("A first date"), marked("No date could be given before; now there is one.")),
    MessageKind.EARLIER: (marked("Earlier than told"), marked("The date moved closer by a week or more.")),
    MessageKind.DELAY_FIRST_SHORT: (
        marked("Delay up to 30 days (US)"),
        marked("The told day cannot be kept. Silence counts as consent."),
    ),
    MessageKind.DELAY_FIRST_LONG: (
        marked("Delay beyond 30 days (US)"),
        marked("The told day cannot be kept. Without a yes the order has to be cancelled."),
    ),
    MessageKind.DELAY_FIRST_UNKNOWN: (
        marked("Delay without a date (US)"),
        marked("The told day cannot be kept and nobody can name another. Without a yes it has to be cancelled."),
    ),
    MessageKind.DELAY_RENEWED: (
        marked("Delayed once more (US)"),
        marked("The revised day cannot be kept either. Silence is never consent."),
    ),
    MessageKind.DELAY: (
        marked("Delay (EU, UK and elsewhere)"),
        marked("The told day cannot be kept; the shopper hears the new one and their rights."),
    ),
    MessageKind.DELAY_UNKNOWN: (
        marked("Delay without a date (EU, UK and elsewhere)"),
        marked("The told day cannot be kept and nobody can name another."),
    ),
    MessageKind.REMINDER: (marked("Please answer"), marked("A delay needs a yes, and its last day is near.")),
    MessageKind.PART_SHIPPED: (marked("Part is on its way"), marked("Part of the order has left; the rest follows.")),
    MessageKind.SHIPPED_LATE: (marked("On its way, late"), marked("It left after the day that was told first.")),
    MessageKind.CANCELLED: (marked("Cancelled"), marked("Units were cancelled; the money goes back.")),
    MessageKind.REFUNDED: (marked("Refunded"), marked("The money has been sent back.")),
    MessageKind.STATUS: (marked("An update from you"), marked("You wanted to say how the order stands.")),
    MessageKind.SEVERAL: (
        marked("News of several orders"),
        marked("More than one order of a shopper has news within a quarter of an hour; one mail tells it all."),
    ),
    MessageKind.WITHDRAWAL: (marked("Withdrawal received"), marked("The shopper withdrew from the contract.")),
    MessageKind.ORDER_LINK: (marked("Link to the order's page"), marked("Somebody asked for it who knows the order.")),
    MessageKind.WAITLIST_CONFIRM: (marked("Waitlist: please confirm"), marked("Somebody joined the waitlist.")),
    MessageKind.BACK_IN_STOCK: (marked("Waitlist: back in stock"), marked("Units are free, and they wanted to know.")),
    MessageKind.GONE_AGAIN: (marked("Waitlist: gone again"), marked("They heard it is back; others were faster.")),
    MessageKind.MERCHANT_LIMIT_REACHED: (marked("To you: limit reached"), ""),
    MessageKind.MERCHANT_PARKED: (marked("To you: something was put aside"), ""),
    MessageKind.MERCHANT_DISCONNECTED: (marked("To you: disconnected"), ""),
    MessageKind.MERCHANT_LEFT_BEHIND: (marked("To you: left behind in the store"), ""),
    MessageKind.MERCHANT_DIGEST: (marked("To you: what waits for a person"), ""),
}
GROUPS: tuple[tuple[str, tuple[MessageKind, ...]], ...] = (
    (
        marked("Orders"),
        (
            MessageKind.CONFIRMED,
            MessageKind.DATE_SET,
            MessageKind.EARLIER,
            MessageKind.ARRIVED,
            MessageKind.PART_SHIPPED,
            MessageKind.SHIPPED_LATE,
            MessageKind.STATUS,
            MessageKind.SEVERAL,
        ),
    ),
    (
        marked("Delays"),
        (
            MessageKind.DELAY_FIRST_SHORT,
            MessageKind.DELAY_FIRST_LONG,
            MessageKind.DELAY_FIRST_UNKNOWN,
            MessageKind.DELAY_RENEWED,
            MessageKind.DELAY,
            MessageKind.DELAY_UNKNOWN,
            MessageKind.REMINDER,
        ),
    ),
    (marked("Money"), (MessageKind.CANCELLED, MessageKind.REFUNDED)),
    (marked("Waitlist"), (MessageKind.WAITLIST_CONFIRM, MessageKind.BACK_IN_STOCK, MessageKind.GONE_AGAIN)),
)
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
LOCKS = {
    "message": marked("What the mail says by itself: the order, its dates, the links."),
    "dates": marked("Each line with its new date, or that there is none yet."),
    "reason": marked("Why it is late."),
    "right_to_cancel": marked("The right to cancel and get all the money back."),
    "silence_consents": marked("What silence means: consent."),
    "silence_changes_nothing": marked("What silence means: nothing changes."),
    "cancels_without_yes": marked("The day on which it is cancelled without a yes."),
    "cancel_any_time": marked("The right to cancel at any time while there is no date."),
    "free_answer": marked("The button to agree or cancel, free of charge."),
    "withdrawal": marked("The right of withdrawal."),
}
RESULTS: Mapping[MailResult, tuple[str, str]] = {
    MailResult.WAITING: (marked("Waiting"), "primary"),
    MailResult.SENT: (marked("Sent"), "success"),
    MailResult.DROPPED: (marked("Not sent: no longer true, or its channel is off"), ""),
    MailResult.GIVEN_UP: (marked("Could not be sent"), "danger"),
    MailResult.CAME_BACK: (marked("Came back"), "danger"),
}
