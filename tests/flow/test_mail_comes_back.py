"""A mail server takes a delay notice and sends it back: somebody has to call. Real SMTP, a real report, real POP3."""

from collections.abc import Callable
from dataclasses import replace

from plugin.adapters.mail.pop import PopMailbox
from plugin.sandbox.pop import PopServer
from tests.flow.stage import Stage
from tests.flow.test_late_supplier import announce, buy, delay


def test_a_notice_that_comes_back_days_later_lands_on_the_list_to_call(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.install()
    stage.set_stock(0)
    stage.settle()
    stage.wait(61)
    stage.sell_past_zero(limit=12)
    pop = PopServer(stage.sandbox.mailbox)
    pop.start()
    shipment = announce(stage, in_days=10)
    order = buy(stage, "gone")
    buy(stage, "there")
    stage.sandbox.mailbox.send_back("gone@example.com")
    delay(stage, shipment, to_days=20)
    assert stage.plugin.deadlines.to_call(stage.tenant) == []
    box = PopMailbox.parse(f"pop3://bounces%40example.com:secret@127.0.0.1:{pop.port}")
    assert replace(stage.plugin.bounces, mailbox=box).read() == 1
    [record] = stage.plugin.deadlines.to_call(stage.tenant)
    assert (record.order_id, record.notice.was_told) == (order, False)
    pop.stop()
