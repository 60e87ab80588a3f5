"""All stores: grants, tokens, users, keys, leases, who has work waiting, and how a store is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from plugin.adapters.db.directory import SqlDirectory
from plugin.adapters.db.tables import metadata
from plugin.adapters.secrets import FernetCipher
from plugin.domain.saying import verbatim
from plugin.domain.store import ConnectionState
from plugin.services.errors import AccessRevoked, Conflict, NotFound
from plugin.services.ports.directory import AppUser
from plugin.services.ports.stock import MoveState
from tests.adapters.db.conftest import ADA, BO, a_grant, a_message, a_move, a_publication
from tests.builders import NOW

LATER = NOW + timedelta(minutes=5)
DAYS_31 = timedelta(days=31)


def test_a_first_grant_makes_a_store_that_is_installing(engine):
    directory = SqlDirectory(engine, FernetCipher([Fernet.generate_key()]))
    assert directory.find(ADA) is None
    tenant = directory.save_grant(a_grant(), at=NOW)
    assert (tenant.tenant_id, tenant.state, tenant.connected_at) == (ADA, ConnectionState.INSTALLING, NOW)
    assert directory.find(ADA) == tenant
    assert directory.user(ADA, 1) == AppUser(1, "ada@example.com", "en", is_owner=True)


def test_another_grant_changes_the_token_and_nothing_else(directory):
    directory.set_state(ADA, ConnectionState.DISCONNECTED, problem=verbatim("The token stopped working."))
    before, secret = directory.find(ADA), directory.hook_secret(ADA)
    assert directory.save_grant(a_grant(token="newer", user_id=2), at=LATER) == before
    assert (directory.access_token(ADA), directory.hook_secret(ADA)) == ("newer", secret)
    assert directory.user(ADA, 1) is not None
    assert directory.user(ADA, 2) is not None


def test_tokens_and_hook_secrets_are_unreadable_at_rest(directory, rows):
    assert directory.access_token(ADA) == "token-of-ada"
    kept = " ".join(str(tuple(row)) for row in rows("tenants"))
    assert "token-of-ada" not in kept
    assert directory.hook_secret(ADA) not in kept
    assert directory.hook_secret(ADA) != directory.hook_secret(BO)


def test_a_dropped_token_is_revoked_access(directory):
    directory.drop_token(ADA)
    with pytest.raises(AccessRevoked):
        directory.access_token(ADA)
    with pytest.raises(AccessRevoked):
        directory.access_token("nobody")
    assert directory.access_token(BO) == "token-of-bo"


def test_keys_are_rotated_for_all_tokens(engine):
    old, new = Fernet.generate_key(), Fernet.generate_key()
    before = SqlDirectory(engine, FernetCipher([old]))
    for tenant in (ADA, BO):
        before.save_grant(a_grant(tenant), at=NOW)
    before.drop_token(BO)
    secrets = [before.hook_secret(tenant) for tenant in (ADA, BO)]
    assert SqlDirectory(engine, FernetCipher([new, old])).rotate_keys() == 1
    after = SqlDirectory(engine, FernetCipher([new]))
    assert after.access_token(ADA) == "token-of-ada"
    assert [after.hook_secret(tenant) for tenant in (ADA, BO)] == secrets


def test_stores_are_listed_by_state(directory):
    directory.set_state(BO, ConnectionState.CONNECTED)
    assert [tenant.tenant_id for tenant in directory.all()] == [ADA, BO]
    assert [tenant.tenant_id for tenant in directory.all(states=[ConnectionState.CONNECTED])] == [BO]


def test_what_is_asked_of_an_unknown_store_is_refused(directory):
    user = AppUser(1, "x@example.com", "en", is_owner=False)
    for ask in (
        lambda: directory.hook_secret("nobody"),
        lambda: directory.drop_token("nobody"),
        lambda: directory.set_state("nobody", ConnectionState.LEFT),
        lambda: directory.save_user("nobody", user),
        lambda: directory.add_api_key("nobody", name="erp", at=NOW),
    ):
        with pytest.raises(NotFound):
            ask()


def test_users_come_change_and_go(directory):
    directory.save_user(ADA, AppUser(7, "li@example.com", "en", is_owner=False))
    directory.save_user(ADA, AppUser(7, "li@example.com", "de", is_owner=False))
    assert directory.user(ADA, 7) == AppUser(7, "li@example.com", "de", is_owner=False)
    directory.remove_user(ADA, 7)
    assert directory.user(ADA, 7) is None


def test_an_api_key_opens_its_own_store_until_it_is_revoked(directory, rows):
    key = directory.add_api_key(ADA, name="erp", at=NOW)
    assert directory.tenant_of_api_key(key) == ADA
    assert key not in str(rows("api_keys"))
    with pytest.raises(Conflict, match="named erp"):
        directory.add_api_key(ADA, name="erp", at=NOW)
    other = directory.add_api_key(BO, name="erp", at=NOW)
    assert directory.revoke_api_key(ADA, "erp")
    assert not directory.revoke_api_key(ADA, "erp")
    assert (directory.tenant_of_api_key(key), directory.tenant_of_api_key(other)) == (None, BO)


@pytest.mark.parametrize("key", ["", "bo", "bo_ada", "bo_ada_", "bo_ada_guessed", "xx_ada_x", "bo_\ud800_x", "\0"])
def test_a_key_nobody_gave_out_opens_nothing(directory, key):
    assert directory.tenant_of_api_key(key) is None


def test_stores_with_due_work_are_named(directory, work):
    with work(ADA) as unit:
        unit.inbox.add("backorder/look_again", {}, at=NOW, due_at=NOW)
        unit.stock.add_moves([a_move()], at=NOW)
    with work(BO) as unit:
        unit.inbox.add("backorder/look_again", {}, at=NOW, due_at=LATER)
        unit.publications.want([a_publication(desired={"text": "x"})])
        unit.messages.add([a_message()], at=NOW)
    assert directory.with_due_events(at=NOW) == [ADA]
    assert directory.with_due_events(at=LATER) == [ADA, BO]
    assert directory.with_due_publications(at=NOW) == [ADA, BO]
    assert directory.with_due_messages(at=NOW) == [BO]
    with work(ADA) as unit:
        moves = unit.stock.claim_moves(at=NOW, limit=9)
        unit.stock.finish_moves([move.move_id for move in moves], MoveState.DONE, at=NOW)
    assert directory.with_due_publications(at=NOW) == [BO]


def test_a_store_that_is_not_connected_is_left_in_peace_but_its_owner_is_told(directory, work):
    with work(ADA) as unit:
        unit.inbox.add("backorder/look_again", {}, at=NOW, due_at=NOW)
        unit.publications.want([a_publication(desired={"text": "x"})])
        unit.messages.add([a_message()], at=NOW)
    directory.set_state(ADA, ConnectionState.DISCONNECTED)
    assert (directory.with_due_events(at=NOW), directory.with_due_publications(at=NOW)) == ([], [])
    assert directory.with_due_messages(at=NOW) == [ADA]
    directory.set_state(ADA, ConnectionState.LEFT)
    assert (directory.with_due_events(at=NOW), directory.with_due_publications(at=NOW)) == ([], [ADA])


def test_a_lease_belongs_to_one_until_it_is_released_or_runs_out(engine, directory):
    other = SqlDirectory(engine, FernetCipher([Fernet.generate_key()]))
    assert directory.claim_lease(ADA, "drain", at=NOW, until=LATER)
    assert not other.claim_lease(ADA, "drain", at=NOW, until=LATER)
    assert other.claim_lease(ADA, "publish", at=NOW, until=LATER)
    assert other.claim_lease(BO, "drain", at=NOW, until=LATER)
    directory.release_lease(ADA, "drain")
    assert other.claim_lease(ADA, "drain", at=NOW, until=LATER)
    assert directory.claim_lease(ADA, "drain", at=LATER, until=LATER + timedelta(minutes=1))


def test_whoever_lost_a_lease_does_not_release_the_new_holders(engine, directory):
    other = SqlDirectory(engine, FernetCipher([Fernet.generate_key()]))
    directory.claim_lease(ADA, "drain", at=NOW, until=LATER)
    assert other.claim_lease(ADA, "drain", at=LATER, until=LATER + timedelta(minutes=5))
    directory.release_lease(ADA, "drain")
    assert not directory.claim_lease(ADA, "drain", at=LATER, until=LATER + timedelta(minutes=5))


def test_a_store_nobody_installed_has_no_leases(directory):
    assert not directory.claim_lease("nobody", "drain", at=NOW, until=LATER)


def test_of_many_who_claim_a_lease_at_once_one_gets_it(directory):
    def claim(_):
        return directory.claim_lease(ADA, "drain", at=NOW, until=LATER)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(16))) == 1


def test_pruning_forgets_finished_events_of_last_week_only(directory, work, rows):
    last_week = NOW - timedelta(days=8)
    with work() as unit:
        for n, received_at in enumerate((last_week, last_week, last_week, NOW)):
            unit.inbox.add("t", {"n": n}, at=received_at, due_at=received_at)
        events = unit.inbox.claim(at=last_week, limit=2)
        unit.inbox.finish([event.event_id for event in events])
        (newest,) = [e for e in unit.inbox.claim(at=NOW, limit=9) if e.received_at == NOW]
        unit.inbox.finish([newest.event_id])
    directory.prune(at=NOW)
    assert [row.body for row in rows("inbox")] == ['{"n":2}', '{"n":3}']


def test_a_store_uninstalled_is_erased_after_the_grace_period(directory):
    directory.set_state(ADA, ConnectionState.UNINSTALLED)
    directory.prune(at=NOW)
    directory.prune(at=NOW + timedelta(days=29))
    assert directory.find(ADA) is not None
    directory.prune(at=NOW + DAYS_31)
    assert (directory.find(ADA), directory.find(BO) is not None) == (None, True)


def test_a_reinstall_ends_the_grace_period(directory):
    directory.set_state(ADA, ConnectionState.UNINSTALLED)
    directory.prune(at=NOW)
    directory.set_state(ADA, ConnectionState.CONNECTED)
    directory.prune(at=NOW + DAYS_31)
    directory.set_state(ADA, ConnectionState.UNINSTALLED)
    directory.prune(at=NOW + DAYS_31)
    assert directory.find(ADA) is not None


def test_a_store_erased_leaves_nothing_and_takes_nothing_from_others(directory, rows, full_store):
    full_store(ADA)
    full_store(BO)
    directory.erase(ADA)
    for name in metadata.tables:
        assert {row.tenant_id for row in rows(name)} <= {BO}, name
    directory.erase(ADA)
    assert [tenant.tenant_id for tenant in directory.all()] == [BO]
