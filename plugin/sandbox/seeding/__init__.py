"""What a new store contains: `goods` lists the products, `shoppers` the people, `history` the last ninety days."""

import random
from datetime import datetime
from typing import Literal

from plugin.sandbox.people import User
from plugin.sandbox.seeding.goods import SMALL, add_goods
from plugin.sandbox.seeding.history import add_history
from plugin.sandbox.seeding.shoppers import add_shoppers
from plugin.sandbox.stock import Location
from plugin.sandbox.store import Store
from plugin.sandbox.storefront import Channel


def seed_store(store: Store, *, seed: Literal["full", "small", "empty"], now: datetime, rng: random.Random) -> None:
    """full: about 40 products, 36 customers, 90 days of orders. small: 6 products, 3 customers. empty: no goods."""
    store.locations[1] = Location(id=1, code="BC-LOCATION-1", label="Default location", created_at=now)
    store.locations[2] = Location(id=2, code="WAREHOUSE-2", label="Pine Street warehouse", created_at=now)
    store.channels[1] = Channel(id=1, name=store.profile.name, created_at=now)
    for user in (
        User(id=7654321, email="owner@harborandpine.example", name="Marta Lindqvist", is_owner=True),
        User(id=9876543, email="sam@harborandpine.example", name="Sam Okafor"),
        User(id=9876544, email="lena@harborandpine.example", name="Lena Vogel", locale="de-DE"),
    ):
        store.users[user.id] = user
    if seed == "empty":
        return
    add_goods(store, now=now, only=SMALL if seed == "small" else None)
    add_shoppers(store, now=now, count=3 if seed == "small" else 36, rng=rng)
    if seed == "full":
        add_history(store, now=now, rng=rng)
