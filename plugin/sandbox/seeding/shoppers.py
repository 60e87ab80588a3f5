"""Customers who write in English, German and French, each with an address to ship to."""

import random
from datetime import datetime, timedelta

from plugin.sandbox.people import Address, Customer
from plugin.sandbox.store import Store

FIRST = {
    "en": ("Ada", "Grace", "Walter", "Ruth", "Miles", "Ivy", "Oscar", "Nora", "Felix", "June", "Hugo", "Pearl"),
    "de": (
        "Jonas",
        "Greta",
        "Karl",
        "Annika",
        "Lukas",
        "Heike",
        "Moritz",
        "Frieda",
        "Bastian",
        "Ute",
        "Till",
        "Marlene",
    ),
    "fr": ("Camille", "Luc", "Élodie", "Bastien", "Chloé", "René", "Manon", "Gaël", "Inès", "Théo", "Zoé", "Noël"),
}
LAST = {
    "en": ("Whitfield", "Marsh", "Okoye", "Tanaka", "Delgado", "Brooks"),
    "de": ("Hoffmann", "Krüger", "Weiß", "Schäfer", "Brandt", "Lorenz"),
    "fr": ("Lefèvre", "Moreau", "Garnier", "Dubois", "Perrin", "Blanchet"),
}
PLACES = {
    "en": ("Austin", "Texas", "78701", "United States", "US", "44 Cedar Avenue"),
    "de": ("Hamburg", "Hamburg", "20095", "Germany", "DE", "Lange Reihe 12"),
    "fr": ("Lyon", "Auvergne-Rhône-Alpes", "69002", "France", "FR", "8 rue Mercière"),
}


def add_shoppers(store: Store, *, now: datetime, count: int, rng: random.Random) -> None:
    """Customers 1, 2, 3 are Ada (en), Jonas (de) and Camille (fr) in every seeded store."""
    for number in range(count):
        locale = ("en", "de", "fr")[number % 3]
        first = FIRST[locale][number // 3 % len(FIRST[locale])]
        last = LAST[locale][number // 3 % len(LAST[locale])]
        city, state, code, country, iso2, street = PLACES[locale]
        address = Address(
            first_name=first,
            last_name=last,
            email=f"{plain(first)}.{plain(last)}@example.com",
            street_1=street,
            city=city,
            state=state,
            zip=code,
            country=country,
            country_iso2=iso2,
            phone=f"555-01{number:02d}",
        )
        since = now - timedelta(days=rng.randint(100, 900))
        customer_id = store.next_id("customer")
        store.customers[customer_id] = Customer(id=customer_id, address=address, locale=locale, created_at=since)


def plain(name: str) -> str:
    table = str.maketrans({"é": "e", "è": "e", "É": "e", "ë": "e", "ï": "i", "ü": "ue", "ä": "ae", "ß": "ss"})
    return name.translate(table).lower()
