"""What becomes of an error in a job: each row of the table in workers/failures.py."""

from datetime import timedelta

import pytest

from plugin import telemetry
from plugin.domain.store import ConnectionState
from plugin.services.errors import AccessRevoked, GiveUp, RetryLater
from plugin.services.ports.messages import MessageKind
from tests.services.town import ADA, BO, Town
from workers import failures


def fail(town: Town, problem: Exception) -> None:
    def errand(_tenant: str) -> None:
        raise problem

    failures.run(town.plugin, "reconcile", ADA, errand)


def counted(outcome: str) -> float:
    return telemetry.JOBS.labels("reconcile", outcome)._value.get()


@pytest.mark.parametrize(
    ("problem", "outcome", "state"),
    [
        (RetryLater("The shop is away.", after=timedelta(seconds=9)), "later", ConnectionState.CONNECTED),
        (AccessRevoked("The token is gone."), "revoked", ConnectionState.DISCONNECTED),
        (GiveUp("forbidden", "The scope is missing."), "given_up", ConnectionState.CONNECTED),
    ],
    ids=["later", "revoked", "given up"],
)
def test_an_error_that_is_foreseen_ends_the_job_quietly(town: Town, problem: Exception, outcome: str, state: str):
    if state is ConnectionState.DISCONNECTED:
        town.shops.pop(ADA)
    before = counted(outcome)
    fail(town, problem)
    assert counted(outcome) - before == 1
    assert town.plugin.directory.find(ADA).state is state


def test_an_error_nobody_foresaw_fails_the_job_for_a_person_to_see(town: Town):
    before = counted("failed")
    with pytest.raises(ZeroDivisionError):
        fail(town, ZeroDivisionError())
    assert counted("failed") - before == 1


def test_a_dead_token_stops_that_store_alone_and_tells_its_owner(town: Town):
    town.install(BO)
    town.shops.pop(ADA)
    fail(town, AccessRevoked("The token is gone."))
    town.settle()
    assert town.plugin.directory.find(BO).state is ConnectionState.CONNECTED
    assert town.told("owner@ada.example") == [MessageKind.MERCHANT_DISCONNECTED]
    assert town.told("owner@bo.example") == []


def test_a_token_that_works_after_all_disconnects_nobody(town: Town):
    """A job that began before the app was authorized anew held the old one."""
    fail(town, AccessRevoked("The old token is gone."))
    assert town.plugin.directory.find(ADA).state is ConnectionState.CONNECTED


def test_what_was_given_up_is_shown_to_the_merchant(town: Town):
    fail(town, GiveUp("forbidden", "The scope store_v2_orders is missing."))
    assert "scope store_v2_orders is missing" in str(town.plugin.directory.find(ADA).problem)
