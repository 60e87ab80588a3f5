"""Addresses that are refused, and a mail server that is away: nobody else waits, and nothing is sent twice."""

import pytest

from tests.faults.watching import JAN, patience, told
from tests.flow.stage import Stage


def test_an_address_that_is_refused_hurts_nobody_else(stage: Stage):
    stage.sandbox.mailbox.refuse("nobody@example.com")
    stage.buy(2, email="nobody@example.com")
    stage.buy(1)
    stage.settle()
    patience(stage)
    assert (told(stage, "nobody@example.com"), told(stage)) == (0, 1)


@pytest.mark.parametrize("trouble", ["busy", "drop"])
def test_a_mail_server_that_is_away_for_a_while_gets_each_mail_once(stage: Stage, trouble: str):
    stage.sandbox.mailbox.set_trouble(trouble, times=3)
    stage.buy(2)
    stage.settle()
    assert told(stage) == 0
    patience(stage)
    assert told(stage) == 1


def test_a_nonsense_address_is_parked_and_the_order_planned_all_the_same(stage: Stage):
    stage.buy(2, email="not an address")
    stage.buy(1)
    stage.settle()
    patience(stage)
    assert told(stage, JAN) == 1
    assert len(stage.mails()) == len({(mail.recipients, mail.subject) for mail in stage.mails()})
