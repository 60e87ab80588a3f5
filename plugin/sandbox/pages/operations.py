"""The part of the HTTP API that belongs to the pages: mails, the post office, and what a storefront page depends on.

Declared like the rest in `control.operations`, so it is checked and documented the same way.
"""

from typing import Any

from plugin.sandbox.actions.refusals import NotThere
from plugin.sandbox.control.operations import Act, BadRequest, Field, operation
from plugin.sandbox.mailbox import TROUBLES, Mail
from plugin.sandbox.pages import scripts
from plugin.sandbox.pages.here import the_mailbox

STOREFRONT = "/stores/<store_hash>/storefront"
LONGEST_WAIT = 30.0


@operation(
    "GET",
    "/mails",
    "Mails that arrived by SMTP, newest last.",
    query={"to": "Only mails to this address.", "limit": "At most so many, the newest; 200 without it."},
)
def list_mails(act: Act) -> Any:
    return mail_list(the_mailbox().messages(act.query.get("to")), limit=act.number("limit", 200))


@operation(
    "POST",
    "/mails/wait",
    "Wait until so many mails are there, or the time is over; answers what is there then.",
    body={
        "to": Field("string", "Only mails to this address."),
        "count": Field("integer", "1 without it."),
        "timeout": Field("number", "Seconds, at most 30; 5 without it."),
    },
)
def wait_for_mails(act: Act) -> Any:
    seconds = max(0.0, min(LONGEST_WAIT, act.body.get("timeout", 5)))
    found = the_mailbox().wait(act.body.get("count", 1), to=act.body.get("to"), timeout=seconds)
    return mail_list(found, limit=200)


@operation("GET", "/mails/<mail_id>", "One mail with headers, plain text and HTML.")
def read_mail(act: Act) -> Any:
    mail = the_mailbox().message(act.ids["mail_id"])
    if mail is None:
        raise NotThere(f"There is no mail {act.ids['mail_id']}.")
    return mail.as_json()


@operation("DELETE", "/mails", "Throw all mails away.")
def delete_mails(_act: Act) -> Any:
    number = len(the_mailbox().messages())
    the_mailbox().clear()
    return {"deleted": number}


@operation("DELETE", "/mails/<mail_id>", "Throw one mail away.")
def delete_mail(act: Act) -> Any:
    if not the_mailbox().delete(act.ids["mail_id"]):
        raise NotThere(f"There is no mail {act.ids['mail_id']}.")
    return {"deleted": 1}


@operation("GET", "/mailbox", "The SMTP port, and how the post office behaves.")
def read_mailbox(_act: Act) -> Any:
    return mailbox_state()


@operation(
    "PUT",
    "/mailbox",
    "Make the post office misbehave, or behave again.",
    body={
        "trouble": Field("string", f"One of {', '.join(TROUBLES)}."),
        "times": Field("integer", "For so many mails; 0 means until changed."),
        "refuse": Field("object", "SMTP codes by address: 5xx for good, 4xx for now."),
        "send_back": Field("array", "Addresses whose mails are taken first and come back later."),
        "accept": Field("array", "Addresses to accept again."),
    },
)
def change_mailbox(act: Act) -> Any:
    box, body = the_mailbox(), act.body
    refused = {str(address): code_of(code) for address, code in body.get("refuse", {}).items()}
    try:
        if "trouble" in body:
            box.set_trouble(body["trouble"], times=max(0, body.get("times", 0)))
    except ValueError as error:
        raise BadRequest(str(error)) from error
    for address, code in refused.items():
        box.refuse(address, code=code)
    for address in body.get("send_back", []):
        box.send_back(str(address))
    for address in body.get("accept", []):
        box.accept(str(address))
    return mailbox_state()


@operation("GET", STOREFRONT, "The cookie banner and the content security policy of the storefront.")
def read_storefront(act: Act) -> Any:
    with act.world.acting():
        policy = act.store.security.get("csp_header") or {}
        shown = policy.get("header_value", "") if policy.get("enabled") else ""
        return {"cookie_banner": scripts.has_cookie_banner(act.store), "content_security_policy": shown}


@operation(
    "PUT",
    STOREFRONT,
    "Change them. Pages forget the scripts they cached.",
    body={
        "cookie_banner": Field("boolean", "With a banner, scripts wait for consent."),
        "content_security_policy": Field("string", "Empty for none."),
    },
)
def change_storefront(act: Act) -> Any:
    with act.world.acting():
        if "cookie_banner" in act.body:
            scripts.set_cookie_banner(act.store, shown=act.body["cookie_banner"])
        if "content_security_policy" in act.body:
            policy = act.body["content_security_policy"]
            act.store.security["csp_header"] = {"enabled": bool(policy), "header_value": policy}
    scripts.forget_cached(act.store.hash)
    return read_storefront(act)


def code_of(code: Any) -> int:
    if isinstance(code, bool) or not isinstance(code, int) or not 400 <= code <= 599:
        raise BadRequest(f"code is {code!r}; allowed are 400 to 599")
    return code


def mail_list(mails: list[Mail], *, limit: int) -> dict[str, Any]:
    return {"total": len(mails), "mails": [mail.as_json() for mail in mails[-limit:]] if limit > 0 else []}


def mailbox_state() -> dict[str, Any]:
    box = the_mailbox()
    return {
        "smtp_port": box.port,
        "trouble": box.trouble,
        "refused": box.refused,
        "send_back": box.bouncing,
        "messages": len(box.messages()),
    }
