"""A storefront whose mails are switched off: nothing about its orders leaves, and what must be told waits for the merchant."""

from dataclasses import replace

from plugin.domain.store import ChannelSender
from tests.services.town import ADA, Town


def switch(town: Town, *, writes: bool) -> None:
    senders = (ChannelSender(1, writes=writes), ChannelSender(2, name="Outlet"))
    town.plugin.store_settings.change(ADA, lambda settings: replace(settings, channel_senders=senders))


def test_no_mail_about_its_orders_leaves_until_it_is_switched_on_again(town: Town):
    switch(town, writes=False)
    town.buy(2, email="silent@example.com")
    assert town.told("silent@example.com") == []
    [message] = [row for row in town.table("outbox") if row["to"] == "silent@example.com"]
    assert message["dropped_at"] is not None
    switch(town, writes=True)
    town.buy(1, email="heard@example.com")
    assert len(town.told("heard@example.com")) == 1
