"""What Setup shows of the test order, where the store is a sandbox: what happened so far, step by step."""

from dataclasses import dataclass

from flask import g, request

from plugin.services.answers import LineStatus
from plugin.services.proof import MailResult, ProofMail
from plugin.services.trial_orders import TrialState
from plugin.web.admin.backorders_story import RESULTS
from plugin.web.admin.messages_words import KINDS
from plugin.web.admin.sayings import words_of
from plugin.web.admin.speech import days, gettext, ngettext
from plugin.web.admin.words import Badge
from plugin.web.current import plugin, tenant, tenant_id


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What the section shows. `steps` are what happened so far, each with its badge; none before the first order."""

    email: str
    order: int = 0
    steps: tuple[tuple[Badge, str], ...] = ()
    is_waiting: bool = False
    is_over: bool = False
    is_open: bool = False


def trial_page() -> TrialPage | None:
    """None in a live store: there it is not offered."""
    if not tenant().profile.is_sandbox or not tenant().is_live:
        return None
    email = g.user.email or tenant().profile.owner_email
    state = plugin().trial_orders.state(tenant_id())
    if state is None:
        return TrialPage(email, is_open=request.args.get("step") == "trial")
    mails = _mails(state) if state.order else ()
    return TrialPage(
        email,
        order=state.order_id,
        steps=tuple(_steps(state, mails)),
        is_waiting=not state.is_over and not any(mail.result is MailResult.SENT for mail in mails),
        is_over=state.is_over,
        is_open=True,
    )


def _mails(state: TrialState) -> tuple[ProofMail, ...]:
    return plugin().proofs.of_order(tenant_id(), state.order_id).record.mails


def _steps(state: TrialState, mails: tuple[ProofMail, ...]) -> list[tuple[Badge, str]]:
    good, waits = (gettext("Done"), "success"), (gettext("Waiting"), "primary")
    steps = [(good, gettext("Your store took order #%(order)s, marked as a test.", order=state.order_id))]
    if state.order is None:
        return [*steps, (waits, gettext("Your store's webhook is on its way; usually it takes seconds."))]
    steps.append((good, gettext("The webhook came, and the order was read and decided.")))
    if state.is_over:
        return [*steps, (good, gettext("The order is cancelled; its unit is free again."))]
    for line in plugin().answers.order_status(tenant_id(), state.order_id).lines:
        steps += [(good, words) for words in _decision(line)]
    return [*steps, *([_mail(mail) for mail in mails] or [(waits, gettext("The mail is being written."))])]


def _decision(line: LineStatus) -> list[str]:
    owed = ngettext(
        "%(count)s unit of %(item)s is owed.",
        "%(count)s units of %(item)s are owed.",
        line.line.owed,
        item=line.line.name,
    )
    window = line.promise.last_window if line.promise else None
    promise = gettext("Promised: ships %(when)s.", when=days(window)) if window else gettext("No date can be given.")
    why = [words_of(part.explained) for part in line.promise.later] if line.promise else []
    return [owed, " ".join([promise, *why])]


def _mail(mail: ProofMail) -> tuple[Badge, str]:
    kinds = {kind.value: words for kind, (words, _) in KINDS.items()}
    badge = (gettext("Done"), "success") if mail.result is MailResult.SENT else (gettext("Waiting"), "primary")
    return badge, gettext(RESULTS[mail.result], kind=gettext(kinds.get(mail.kind, mail.kind)), to=mail.to)
