"""Turning the screws: clock, switches, faults, and the stream of webhooks."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from plugin.sandbox.actions.refusals import NotThere
from plugin.sandbox.control.operations import Act, BadRequest, Field, operation
from plugin.sandbox.control.shapes import delivery_state
from plugin.sandbox.faults import fault_from

ORDERS = ("kept", "shuffled", "reversed")


@operation("GET", "/clock", "What time it is here, and how far that is from real time.")
def read_clock(act: Act) -> Any:
    return {"now": act.world.now().isoformat(), "offset": act.world.clock.offset}


@operation(
    "POST",
    "/clock",
    "Move the clock by seconds, or set it to a moment. Retries that become due are delivered.",
    body={"seconds": Field("number"), "to": Field("string", "An ISO 8601 moment with a time zone.")},
)
def move_clock(act: Act) -> Any:
    if ("seconds" in act.body) == ("to" in act.body):
        raise BadRequest("Send either 'seconds' or 'to'.")
    if "seconds" in act.body:
        act.world.clock.move(act.body["seconds"])
    else:
        act.world.clock.set_to(read_moment(act.body["to"]))
    act.world.settle()
    return read_clock(act)


def read_moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"'to' must be an ISO 8601 moment, not {text!r}.") from None
    if moment.tzinfo is None:
        raise BadRequest("'to' needs a time zone.")
    return moment


@operation("GET", "/switches", "Every switch with its value, meaning and allowed values.")
def list_switches(act: Act) -> Any:
    return {"switches": act.world.switches.describe()}


@operation("PUT", "/switches", "Flip switches, by name.", body={"*": Field("object", "Values by switch name.")})
def flip_switches(act: Act) -> Any:
    act.world.switches = act.world.switches.changed(act.body)
    return list_switches(act)


@operation("GET", "/faults", "Faults that are planted.")
def list_faults(act: Act) -> Any:
    return {"faults": [asdict(fault) for fault in act.world.faults.planted()]}


@operation(
    "POST",
    "/faults",
    "Plant a fault in the API.",
    body={
        "kind": Field("string", "status, throttle, drop, slow or garbage.", required=True),
        "method": Field("string", "Which method; all without it."),
        "path": Field("string", "Which path, with * and ?; all without it."),
        "when": Field("string", "before or after the write took effect."),
        "status": Field("integer", "For kind status."),
        "body": Field("string", "json, html or empty."),
        "headers": Field("boolean", "Whether a throttled answer carries the quota headers."),
        "seconds": Field("number", "For slow and drop."),
        "times": Field("integer", "How often it strikes; once without it, for ever with 0."),
    },
    status=201,
)
def plant_fault(act: Act) -> Any:
    body = dict(act.body)
    if body.get("times") == 0:
        body["times"] = None
    return asdict(act.world.faults.plant(fault_from(body)))


@operation("DELETE", "/faults", "Clear all faults.")
def clear_faults(act: Act) -> Any:
    act.world.faults.clear()
    return {"cleared": True}


@operation("POST", "/webhooks/hold", "Keep deliveries back until they are released.")
def hold(act: Act) -> Any:
    act.world.webhooks.hold()
    return {"held": True}


@operation(
    "POST",
    "/webhooks/release",
    "Let held deliveries go: in which order, and with how many extra copies of each.",
    body={"order": Field("string", "kept, shuffled or reversed."), "copies": Field("integer")},
)
def release(act: Act) -> Any:
    order = act.body.get("order", "kept")
    if order not in ORDERS:
        raise BadRequest(f"'order' cannot be {order!r}. Allowed: {', '.join(ORDERS)}.")
    return {"released": act.world.webhooks.release(order=order, copies=act.body.get("copies", 0))}


@operation(
    "POST",
    "/webhooks/redeliver",
    "Send a delivery once more, or the newest ones.",
    body={"delivery_id": Field("integer"), "newest": Field("integer"), "store": Field("string", "With newest.")},
)
def redeliver(act: Act) -> Any:
    if ("delivery_id" in act.body) == ("newest" in act.body):
        raise BadRequest("Send either 'delivery_id' or 'newest'.")
    if "newest" in act.body:
        copies = act.world.webhooks.redeliver_recent(act.body["newest"], store_hash=act.body.get("store"))
        return {"deliveries": [delivery_state(copy) for copy in copies]}
    copy = act.world.webhooks.redeliver(act.body["delivery_id"])
    if copy is None:
        raise NotThere(f"There is no delivery {act.body['delivery_id']}.")
    return {"deliveries": [delivery_state(copy)]}


@operation(
    "POST",
    "/webhooks/wait",
    "Wait until every new event was delivered or put off. Later retries do not count.",
    body={"timeout": Field("number", "Seconds; 10 without it.")},
)
def wait(act: Act) -> Any:
    act.world.settle()
    drained = act.world.webhooks.wait_until_drained(min(60.0, act.body.get("timeout", 10)))
    return {"drained": drained, "waiting": act.world.webhooks.waiting}


@operation("POST", "/settle", "Make accepted inventory writes visible now.")
def settle(act: Act) -> Any:
    act.world.settle(everything=True)
    return {"settled": True}
