"""Addresses that a store, a shopper or a product names lead nowhere: nobody on our own network is asked in their name."""

import socket
from dataclasses import replace

import pytest

from plugin.domain.store import ChannelSender
from tests.faults.watching import owed, told
from tests.flow.stage import RED_MUG, Stage


@pytest.mark.parametrize("stage", [True], indirect=True, ids=["native"])
def test_no_address_that_a_store_names_is_ever_called(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        port = trap.getsockname()[1]
        names_traps(stage, f"http://127.0.0.1:{port}")
        order = stage.buy(3)
        stage.settle()
        stage.wait(24 * 3600)
        assert (owed(stage), told(stage)) == ({order.id: 2}, 1)
        assert f":{port}/" in stage.mails("jan@example.de")[0].html
        with pytest.raises(BlockingIOError):
            trap.accept()


def names_traps(stage: Stage, address: str) -> None:
    """Everything of this store that is an address leads to the trap."""
    sender = ChannelSender(1, logo_url=f"{address}/logo.png", url=f"{address}/", reply_to=f"me@{address[7:]}")
    with stage.plugin.units(stage.tenant) as work:
        tenant = work.tenant()
        profile = replace(
            tenant.profile, storefront_url=address, control_panel_url=address, logo_url=f"{address}/logo.png"
        )
        settings = replace(tenant.settings, channel_senders=(sender,))
        work.save_tenant(replace(tenant, profile=profile, settings=settings))
        work.commit()
    product = stage.store.products[RED_MUG]
    product.description = f'<img src="{address}/picture.png">'
