"""A key is sent once; a message is claimed by one; a worker that dies gives it back when its lease runs out."""

from datetime import timedelta

from plugin.adapters.db.messages import LEASE
from plugin.services.errors import GiveUp
from plugin.services.ports.messages import MessageKind, OutboxMessage
from tests.adapters.db.conftest import a_message
from tests.builders import NOW

LATER = NOW + timedelta(minutes=1)
PAST_THE_LEASE = NOW + LEASE


def test_a_message_is_claimed_as_it_was_added(work):
    message = a_message(to="ünï@example.com")
    with work() as unit:
        (known,) = unit.messages.add([message], at=NOW)
    with work() as unit:
        assert unit.messages.claim(known, at=NOW) == OutboxMessage(
            known, "confirmed:101", MessageKind.CONFIRMED, "ünï@example.com", "en", message.facts, attempts=1
        )


def test_a_key_is_never_taken_twice(work):
    with work() as unit:
        first = unit.messages.add([a_message("a"), a_message("b"), a_message("a", to="bo@example.com")], at=NOW)
        assert len(first) == 2
        second = unit.messages.add([a_message("b"), a_message("c")], at=NOW)
        assert len(second) == 1
        assert unit.messages.add([], at=NOW) == []
        claimed = [unit.messages.claim(known, at=NOW) for known in first + second]
        assert [(message.key, message.to) for message in claimed] == [
            (key, "ada@example.com") for key in ("a", "b", "c")
        ]


def test_a_claimed_message_is_nobody_elses_until_the_lease_runs_out(work):
    with work() as unit:
        (known,) = unit.messages.add([a_message()], at=NOW)
        assert unit.messages.claim(known, at=NOW).attempts == 1
        assert unit.messages.claim(known, at=PAST_THE_LEASE - timedelta(seconds=1)) is None
        assert unit.messages.due(at=NOW, limit=9) == []
        assert unit.messages.due(at=PAST_THE_LEASE, limit=9) == [known]
        assert unit.messages.claim(known, at=PAST_THE_LEASE).attempts == 2


def test_a_sent_message_keeps_its_text_and_is_never_claimed_again(work, rows):
    with work() as unit:
        (known,) = unit.messages.add([a_message()], at=NOW)
        unit.messages.claim(known, at=NOW)
        unit.messages.sent(known, at=LATER, subject="Your mug", text="It ships on 9 March.")
        unit.messages.postpone(known, until=LATER)
        assert unit.messages.claim(known, at=PAST_THE_LEASE) is None
    (row,) = rows("outbox")
    assert (row.sent_at, row.subject, row.text) == (LATER, "Your mug", "It ships on 9 March.")


def test_a_message_put_off_waits(work):
    with work() as unit:
        (known,) = unit.messages.add([a_message()], at=NOW)
        unit.messages.claim(known, at=NOW)
        unit.messages.postpone(known, until=LATER)
        assert unit.messages.claim(known, at=NOW) is None
        assert unit.messages.claim(known, at=LATER).attempts == 2


def test_a_parked_message_is_left_alone_until_a_person_has_it_tried_again(work):
    with work() as unit:
        (known,) = unit.messages.add([a_message()], at=NOW)
        unit.messages.claim(known, at=NOW)
        unit.messages.park(known, GiveUp("rejected", "No such mailbox."))
        assert unit.messages.due(at=PAST_THE_LEASE, limit=9) == []
        assert unit.messages.claim(known, at=PAST_THE_LEASE) is None
        unit.messages.postpone(known, until=LATER)
        assert unit.messages.claim(known, at=LATER).attempts == 1


def test_due_messages_come_oldest_first(work):
    with work() as unit:
        late = unit.messages.add([a_message("late")], at=LATER)
        early = unit.messages.add([a_message("early"), a_message("next")], at=NOW)
        assert unit.messages.due(at=LATER, limit=9) == early + late
        assert unit.messages.due(at=LATER, limit=1) == early[:1]
        assert unit.messages.due(at=NOW, limit=9) == early


def test_what_the_law_wants_told_goes_before_what_has_waited_longer(work):
    with work() as unit:
        (old,) = unit.messages.add([a_message("old")], at=NOW)
        (law,) = unit.messages.add([a_message("law", kind=MessageKind.DELAY_RENEWED)], at=LATER)
        assert unit.messages.due(at=LATER, limit=9) == [law, old]
        assert unit.messages.due(at=LATER, limit=1) == [law]
        assert unit.messages.due(at=NOW, limit=9) == [old]


def test_beside_a_message_is_what_its_reader_waits_for_about_other_orders(work):
    kinds = (MessageKind.ARRIVED, MessageKind.EARLIER)
    news = [
        a_message("one", kind=MessageKind.ARRIVED, order_id=101),
        a_message("same order", kind=MessageKind.EARLIER, order_id=101),
        a_message("held", kind=MessageKind.EARLIER, order_id=102, due_at=PAST_THE_LEASE),
        a_message("due", kind=MessageKind.ARRIVED, order_id=103),
        a_message("being sent", kind=MessageKind.ARRIVED, order_id=104),
        a_message("no update", order_id=105),
        a_message("a stranger's", kind=MessageKind.ARRIVED, order_id=106, to="bo@example.com"),
        a_message("sent", kind=MessageKind.ARRIVED, order_id=107),
        a_message("dropped", kind=MessageKind.ARRIVED, order_id=108),
    ]
    with work() as unit:
        ids = dict(zip([one.key for one in news], unit.messages.add(news, at=NOW), strict=True))
        unit.messages.claim(ids["being sent"], at=NOW)
        unit.messages.sent(ids["sent"], at=NOW, subject="s", text="t")
        unit.messages.drop([ids["dropped"]], at=NOW)
        one = unit.messages.claim(ids["one"], at=NOW)
        assert [m.key for m in unit.messages.beside(one, kinds=kinds, at=LATER, limit=9)] == ["held", "due"]
        assert [m.key for m in unit.messages.beside(one, kinds=kinds, at=LATER, limit=1)] == ["held"]


def test_what_is_held_can_be_claimed_ahead_of_its_time_by_one_only(work):
    with work() as unit:
        (known,) = unit.messages.add([a_message(due_at=PAST_THE_LEASE)], at=NOW)
        assert unit.messages.claim(known, at=NOW) is None
        assert unit.messages.claim(known, at=NOW, ahead=True).attempts == 1
        assert unit.messages.claim(known, at=NOW, ahead=True) is None


def test_a_mail_comes_back_with_all_it_told(work, rows):
    with work() as unit:
        one, two, other = unit.messages.add([a_message("a"), a_message("b"), a_message("c")], at=NOW)
        for known, sent_with in ((one, None), (two, one), (other, None)):
            unit.messages.claim(known, at=NOW)
            unit.messages.sent(known, at=NOW, subject="s", text="t", sent_with=sent_with)
        assert [m.key for m in unit.messages.came_back(one, at=LATER, why="550")] == ["a", "b"]
        assert unit.messages.came_back(one, at=LATER, why="550") == []
    assert [row.bounced_at for row in rows("outbox")] == [LATER, LATER, None]
