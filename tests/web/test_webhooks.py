"""The receiver: what it answers, what it stores, whom it wakes; forged, late, doubled, huge and hostile deliveries."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from plugin.adapters import queue as queues
from plugin.domain.ids import TenantId
from plugin.services.errors import RetryLater
from plugin.services.ports.inbox import Envelope
from plugin.web.webhooks import GroupCommit, Receiver, Waker
from tests.asgi import ask
from tests.web.stage import ADA, BO, CLIENT_SECRET, NOW, NotedQueue, Web

ORDER = {
    "producer": "stores/ada",
    "hash": "3f9ea420af83450d7ef9f78b08c8af25b2213637",
    "created_at": 1751400000,
    "store_id": "1025646",
    "scope": "store/order/created",
    "data": {"type": "order", "id": 250},
}


def raw(**changed: Any) -> bytes:
    return json.dumps({**ORDER, **changed}).encode()


def signed(body: bytes, *, at: int = int(NOW.timestamp()), secret: str = CLIENT_SECRET) -> dict[str, str]:
    content = f"msg_1.{at}.".encode() + body
    digest = base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": f"v1,{digest}"}


def send(web: Web, body: bytes, *, tenant: TenantId = ADA, **headers: str) -> TestResponse:
    given = {
        **signed(body),
        "X-Backorder-Hook": web.plugin.directory.hook_secret(tenant),
        "Content-Type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return web.client().post("/webhooks", data=body, headers=given)


def stored(web: Web) -> list[tuple[str, str]]:
    with web.plugin.engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text("select tenant_id, topic from inbox order by id"))]


def test_a_signed_webhook_is_stored_and_answered_200_with_an_empty_body(web: Web) -> None:
    answer = send(web, raw())
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "0")
    assert stored(web) == [("ada", "store/order/created")]


def test_a_webhook_for_another_store_lands_there(web: Web) -> None:
    send(web, raw(producer="stores/bo"), tenant=BO)
    assert stored(web) == [("bo", "store/order/created")]


def test_the_same_webhook_twice_is_one_event_and_two_times_200(web: Web) -> None:
    assert [send(web, raw()).status_code for _ in range(2)] == [200, 200]
    assert stored(web) == [("ada", "store/order/created")]


@pytest.mark.parametrize(
    "forgery",
    [
        signed(raw(), secret="another secret that is long enough to be one"),
        {**signed(raw()), "webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1," + "A" * 20_000},
        {"webhook-signature": ""},
        {"webhook-id": "", "webhook-timestamp": "", "webhook-signature": ""},
        {"webhook-timestamp": "soon"},
    ],
    ids=["other secret", "other time", "no digest", "huge digest", "no signature", "no headers", "no time"],
)
def test_a_forged_webhook_is_refused_and_leaves_nothing(web: Web, forgery: dict[str, str]) -> None:
    answer = send(web, raw(), **forgery)
    assert (answer.status_code, answer.data) == (401, b"")
    assert stored(web) == []


def test_a_body_changed_on_its_way_is_refused(web: Web) -> None:
    answer = send(web, raw() + b" ", **signed(raw()))
    assert (answer.status_code, stored(web)) == (401, [])


@pytest.mark.parametrize("given", ["", "guessed", "ü"])
def test_a_signed_webhook_without_our_second_factor_is_refused(web: Web, given: str) -> None:
    assert (send(web, raw(), X_Backorder_Hook=given).status_code, stored(web)) == (401, [])


def test_the_second_factor_of_one_store_does_not_open_another(web: Web) -> None:
    assert (send(web, raw(producer="stores/bo"), tenant=ADA).status_code, stored(web)) == (401, [])


def test_a_rightly_signed_retry_of_a_day_ago_is_taken(web: Web) -> None:
    body = raw()
    answer = send(web, body, **signed(body, at=int(NOW.timestamp()) - 86_400))
    assert (answer.status_code, len(stored(web))) == (200, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        raw(producer="stores/../ada"),
        raw(producer=7),
        raw(scope="other/thing"),
        raw(data=[1]),
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        raw(created_at=10**400)[:60_000],
    ],
    ids=["empty", "list", "null", "cut off", "no text", "path", "number", "topic", "data", "deep", "big number"],
)
def test_signed_nonsense_is_answered_200_and_dropped(web: Web, body: bytes) -> None:
    assert (send(web, body).status_code, stored(web)) == (200, [])


def test_a_store_nobody_knows_and_a_topic_nobody_handles_are_answered_200(web: Web) -> None:
    assert send(web, raw(producer="stores/stranger")).status_code == 200
    assert send(web, raw(scope="store/cart/created")).status_code == 200
    assert stored(web) == [("ada", "store/cart/created")]


def receiver(web: Web, queue: Any = None) -> Receiver:
    return Receiver(web.plugin, Waker(queue or NotedQueue(), pause=0))


def test_a_body_larger_than_any_event_is_refused_before_it_is_read(web: Web) -> None:
    answer = ask(receiver(web), headers=[("content-length", "10000000")], parts=[b"x" * 1000] * 10_000)
    assert (answer.status, answer.headers["connection"], answer.asked) == (413, "close", 0)


def test_a_body_without_a_length_is_read_no_further_than_the_limit(web: Web) -> None:
    answer = ask(receiver(web), parts=[b"x" * 1000] * 10_000)
    assert (answer.status, answer.asked) == (413, 66)


def test_a_body_in_parts_is_put_together(web: Web) -> None:
    body = raw()
    headers = {**signed(body), "X-Backorder-Hook": web.plugin.directory.hook_secret(ADA)}
    assert ask(receiver(web), headers=headers.items(), parts=[body[:10], body[10:50], body[50:]]).status == 200
    assert len(stored(web)) == 1


@pytest.mark.parametrize("length", ["-1", "1e9", "²", "99999999999999999999"])
def test_a_length_that_is_no_number_is_too_large(web: Web, length: str) -> None:
    assert ask(receiver(web), headers=[("content-length", length)], parts=[b"{}"]).status == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_only_posts_are_taken(web: Web, method: str) -> None:
    answer = web.client().open("/webhooks", method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_an_event_that_could_not_be_stored_is_the_only_5xx(make_web: Callable[..., Web]) -> None:
    web = make_web()
    web.plugin.engine.dispose()
    with web.plugin.engine.connect() as connection:
        connection.execute(text("drop table inbox"))
        connection.commit()
    answer = send(web, raw())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_it_answers_200_while_redis_is_down(make_web: Callable[..., Web], monkeypatch: pytest.MonkeyPatch) -> None:
    heard = threading.Event()
    quiet = SimpleNamespace(warning=lambda event, **_: event == "redis_away" and heard.set())
    monkeypatch.setattr(queues, "log", quiet)  # the wake-up is another thread's, and may be later than the answer
    web = make_web()
    assert web.plugin.settings.redis_url is not None
    assert "no-such-server" in web.plugin.settings.redis_url
    assert (send(web, raw()).status_code, len(stored(web))) == (200, 1)
    assert heard.wait(60)


def test_a_queue_that_hangs_holds_up_no_answer() -> None:
    """Wake-ups of a burst leave together, once for each store, however long the queue takes."""
    goes_on, asked = threading.Event(), threading.Event()
    woken: list[tuple[str | int, ...]] = []

    class HangingQueue:
        def wake(self, job: str, *args: str | int) -> None:
            woken.append((job, *args))
            asked.set()
            assert goes_on.wait(5)

    waker = Waker(HangingQueue(), pause=0)
    waker.wake(ADA)
    assert asked.wait(5)
    for _ in range(500):
        waker.wake(ADA)
        waker.wake(BO)
    assert woken == [("drain_inbox", "ada")]
    done = threading.Event()
    goes_on.set()
    while len(woken) < 3 and not done.wait(0.005):
        pass
    assert woken == [("drain_inbox", "ada"), ("drain_inbox", "ada"), ("drain_inbox", "bo")]


def test_a_store_is_woken_once_it_has_waited_for_the_other_webhooks_of_a_change() -> None:
    asked = threading.Event()

    class Asked(NotedQueue):
        def wake(self, job: str, *args: str | int) -> None:
            super().wake(job, *args)
            asked.set()

    patient, brief = Asked(), Asked()
    waker = Waker(patient, gather=3600)
    for _ in range(3):
        waker.wake(ADA)
    asked_soon = Waker(brief, gather=0.01)
    asked_soon.wake(ADA)
    assert asked.wait(5)
    assert (brief.woken, patient.woken) == ([("drain_inbox", "ada")], [])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_waker_whose_queue_broke_starts_again() -> None:
    class BreakingOnce:
        def __init__(self) -> None:
            self.woken: list[str | int] = []
            self.came = threading.Event()

        def wake(self, _job: str, *args: str | int) -> None:
            self.woken.extend(args)
            if len(self.woken) > 1:
                self.came.set()
            else:
                raise RuntimeError("broken")

    queue = BreakingOnce()
    waker = Waker(queue, pause=0)
    waker.wake(ADA)
    assert waker._thread is not None
    waker._thread.join(5)
    waker.wake(BO)
    assert queue.came.wait(5)
    assert queue.woken == ["ada", "bo"]


def test_only_new_events_wake_a_worker(web: Web) -> None:
    queue = NotedQueue()
    arrived = threading.Event()

    class Noting(NotedQueue):
        def wake(self, job: str, *args: str | int) -> None:
            queue.wake(job, *args)
            arrived.set()

    asked = receiver(web, Noting())
    headers = {**signed(raw()), "X-Backorder-Hook": web.plugin.directory.hook_secret(ADA)}
    for _ in range(3):
        assert ask(asked, headers=headers.items(), parts=[raw()]).status == 200
    assert arrived.wait(5)
    assert queue.woken == [("drain_inbox", "ada")]


def test_a_secret_that_changed_is_read_again(web: Web) -> None:
    assert send(web, raw()).status_code == 200
    web.plugin.directory.erase(ADA)
    from tests.web.stage import connect

    connect(web.plugin, ADA, "Ada")
    assert send(web, raw(created_at=5)).status_code == 200
    assert len(stored(web)) == 1


class Held:
    """An inbox that holds the first group until it is told to go on, and then does what it is told."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.groups: list[list[str]] = []
        self.problem = problem
        self.has_first, self.goes_on = threading.Event(), threading.Event()

    def store(self, envelopes: Sequence[Envelope]) -> list[bool]:
        self.groups.append([envelope.dedupe_key for envelope in envelopes])
        if len(self.groups) == 1:
            self.has_first.set()
            assert self.goes_on.wait(5)
        elif self.problem:
            raise self.problem
        return [envelope.dedupe_key != "known" for envelope in envelopes]


def accepted(inbox: Held, *keys: str) -> list[bool | Exception]:
    """What the first of these hears, which is held, and the others, which come meanwhile."""

    async def accept_all() -> list[Any]:
        group_commit = GroupCommit(inbox)
        first, *others = (Envelope(ADA, "store/order/updated", key, "{}") for key in keys)
        held = asyncio.create_task(group_commit.accept(first))
        await asyncio.to_thread(inbox.has_first.wait, 5)
        waiting = [asyncio.create_task(group_commit.accept(other)) for other in others]
        await asyncio.sleep(0)
        inbox.goes_on.set()
        return await asyncio.gather(held, *waiting, return_exceptions=True)

    return asyncio.run(accept_all())


def test_events_that_come_while_the_disk_is_busy_share_the_next_commit() -> None:
    inbox = Held()
    assert accepted(inbox, "a", "b", "known", "c") == [True, True, False, True]
    assert inbox.groups == [["a"], ["b", "known", "c"]]


@pytest.mark.parametrize("problem", [RetryLater("the disk is full"), ValueError("a mistake of ours")])
def test_all_of_a_group_hear_that_it_failed_and_nobody_else_does(problem: Exception) -> None:
    inbox = Held(problem)
    assert accepted(inbox, "a", "b", "c") == [True, problem, problem]


def test_a_commit_takes_no_more_than_the_database_does_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.web.webhooks.MOST_IN_ONE_COMMIT", 2)
    inbox = Held()
    assert accepted(inbox, "a", "b", "c", "d") == [True] * 4
    assert inbox.groups == [["a"], ["b", "c"], ["d"]]


def test_whoever_hung_up_holds_up_nobody() -> None:
    inbox = Held()

    async def one_gives_up() -> bool:
        group_commit = GroupCommit(inbox)
        tasks = [asyncio.create_task(group_commit.accept(Envelope(ADA, "t", key, "{}"))) for key in ("a", "b")]
        await asyncio.to_thread(inbox.has_first.wait, 5)
        tasks[0].cancel()
        inbox.goes_on.set()
        return await tasks[1]

    assert asyncio.run(one_gives_up())


def test_what_cannot_be_stored_now_raises_no_further(web: Web) -> None:
    class Broken:
        def store(self, _envelopes: Sequence[Envelope]) -> list[bool]:
            raise RetryLater("the disk is full")

    broken = Receiver(replace(web.plugin, inbox_writer=Broken()), Waker(NotedQueue()))
    headers = {**signed(raw()), "X-Backorder-Hook": web.plugin.directory.hook_secret(ADA)}
    answer = ask(broken, headers=headers.items(), parts=[raw()])
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_the_published_test_vector_is_accepted(make_web: Callable[..., Web]) -> None:
    """The vector of the platform's signature scheme, checked with the library BigCommerce names."""
    web = make_web()
    body = (
        b'{"producer":"stores/abc123","hash":"3f9ea420af83450d7ef9f78b08c8af25b2213637","created_at":1751400000,'
        b'"store_id":"1025646","scope":"store/order/created","data":{"type":"order","id":250}}'
    )
    headers = {
        "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        "webhook-timestamp": "1751400000",
        "webhook-signature": "v1,gC8L8ANww9ojzMyNeVjMuRtF0k/nqdTE/FAv6VO3KPw=",
    }
    assert web.client().post("/webhooks", data=body, headers=headers).status_code == 200
    changed = body.replace(b"250", b"251")
    assert web.client().post("/webhooks", data=changed, headers=headers).status_code == 401
