"""Reading which customer group somebody belongs to; asked only where a rule of the queue needs it."""

from collections.abc import Collection

from plugin.adapters.bigcommerce.bulk import id_lists, joined
from plugin.adapters.bigcommerce.client import BigCommerceClient, Call
from plugin.adapters.bigcommerce.payloads import CustomerPayload, read_all

PAGE = 250


def customer_groups(client: BigCommerceClient, customers: Collection[int]) -> dict[int, int]:
    """By customer; 0 for those in no group, nothing for those that are gone."""
    found: dict[int, int] = {}
    for batch in id_lists(customers, PAGE):
        query: dict[str, str | int] = {"id:in": joined(batch), "limit": PAGE}
        rows = client.call(Call(method="GET", path="/v3/customers", query=query)).rows
        found.update((each.id, each.customer_group_id) for each in read_all(CustomerPayload, rows, "customer"))
    return found
