"""build(settings) -> Plugin: the one place where adapters are chosen and services are put together."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from plugin import manifest as registration
from plugin import telemetry
from plugin.adapters.bigcommerce.client import Called, Connections
from plugin.adapters.bigcommerce.events import BigCommerceEventReader
from plugin.adapters.bigcommerce.oauth import AppIdentity
from plugin.adapters.bigcommerce.rate_limit import RedisQuota
from plugin.adapters.bigcommerce.store import BigCommerceStores
from plugin.adapters.clock import SystemClock
from plugin.adapters.db.activity import SqlActivity
from plugin.adapters.db.backorders import SqlBackorders
from plugin.adapters.db.directory import SqlDirectory
from plugin.adapters.db.engine import make_engine
from plugin.adapters.db.home import SqlHome
from plugin.adapters.db.inbox_writer import DurableInbox
from plugin.adapters.db.mails import SqlMails
from plugin.adapters.db.migrations.migrate import SchemaState, schema_state
from plugin.adapters.db.page_queries import SqlPageQueries
from plugin.adapters.db.product_queries import SqlProductQueries
from plugin.adapters.db.queries import SqlQueries
from plugin.adapters.db.records import SqlOrderRecords
from plugin.adapters.db.shipment_queries import SqlShipmentQueries
from plugin.adapters.db.supply_history import SqlSupplyHistory
from plugin.adapters.db.unit_of_work import SqlUnits
from plugin.adapters.db.waitlist_queries import SqlWaitlistQueries
from plugin.adapters.dns import DnsTexts
from plugin.adapters.holidays import PublicHolidays
from plugin.adapters.links import SignedLinks
from plugin.adapters.mail.box_address import BoxAddress
from plugin.adapters.mail.imap import ImapMailbox
from plugin.adapters.mail.notifier import NoMailServer, SmtpNotifier
from plugin.adapters.mail.pop import PopMailbox
from plugin.adapters.mail.returns import ReportReader, ReturnPaths
from plugin.adapters.mail.writer import Writer
from plugin.adapters.page_cache import HttpPageCache
from plugin.adapters.proof.pages import ProofPages
from plugin.adapters.queue import RqQueue, connect
from plugin.adapters.secrets import FernetCipher
from plugin.adapters.shelf import RedisShelf
from plugin.adapters.wording.screens import ScreenWording
from plugin.adapters.wording.shop import BabelWording
from plugin.manifest import Manifest
from plugin.services.allocation import Allocation
from plugin.services.answers import Answers
from plugin.services.bounces import Bounces
from plugin.services.carts import ShoppersCarts
from plugin.services.causes import CallMade, ids_in, note_call
from plugin.services.deadlines import Deadlines
from plugin.services.deeds import Deeds
from plugin.services.imports import Imports
from plugin.services.inbox import Inbox
from plugin.services.intake import Intake
from plugin.services.long_reads import LongReads
from plugin.services.mailings import Mailings
from plugin.services.order_page import OrderPage
from plugin.services.outbox import Outbox
from plugin.services.page_panels import PagePanels
from plugin.services.page_scripts import PageScripts, ScriptFile
from plugin.services.panels import Panels
from plugin.services.parking import Parking
from plugin.services.planning import Planning
from plugin.services.policies import Policies
from plugin.services.policy_effects import PolicyEffects
from plugin.services.ports.directory import Directory
from plugin.services.ports.inbox import InboxWriter
from plugin.services.ports.messages import BounceMailbox, Notifier
from plugin.services.ports.shop import PagePanel, Stores
from plugin.services.ports.system import Clock, Holidays
from plugin.services.ports.unit_of_work import Units
from plugin.services.preview import PolicyPreview
from plugin.services.privacy import Privacy
from plugin.services.proof import Proofs
from plugin.services.publishing import Publishing
from plugin.services.purging import PURGE_AFTER, PURGE_STORE_AFTER, Purging
from plugin.services.reconcile import Reconcile
from plugin.services.refunds import Refunds
from plugin.services.sender_check import SenderCheck
from plugin.services.shipments import Shipments
from plugin.services.store_settings import SettingsOfStore
from plugin.services.storefront import Storefront
from plugin.services.substitute_choices import SubstituteChoices
from plugin.services.substitutes import Substitutes
from plugin.services.suggestions import Suggestions
from plugin.services.supplier_page import SupplierPage
from plugin.services.suppliers import Suppliers
from plugin.services.tenants import Tenants
from plugin.services.tones import Tones
from plugin.services.trial_orders import TrialOrders
from plugin.services.waitlist import Waitlist
from plugin.services.what_if import WhatIf
from plugin.services.withdrawal import Withdrawal
from plugin.settings import Settings

SCRIPT_BUILD = Path(__file__).parent / "web" / "static" / "storefront" / "build.json"


@dataclass(frozen=True, slots=True)
class Plugin:
    """The app, built. Web, workers and command line take what they need from here."""

    settings: Settings
    manifest: Manifest
    clock: Clock
    holidays: Holidays
    engine: Engine
    units: Units
    directory: Directory
    inbox_writer: InboxWriter
    stores: Stores
    queue: RqQueue
    wording: BabelWording
    screen_wording: ScreenWording
    links: SignedLinks
    queries: SqlQueries
    activity: SqlActivity
    home: SqlHome
    connections: Connections
    identity: AppIdentity
    supplier_page: SupplierPage
    order_page: OrderPage
    withdrawal: Withdrawal
    proofs: Proofs
    proof_pages: ProofPages
    privacy: Privacy
    inbox: Inbox
    publishing: Publishing
    purging: Purging
    outbox: Outbox
    tenants: Tenants
    store_settings: SettingsOfStore
    policy_preview: PolicyPreview
    sender_check: SenderCheck
    policies: Policies
    product_queries: SqlProductQueries
    policy_effects: PolicyEffects
    suggestions: Suggestions
    shipment_queries: SqlShipmentQueries
    waitlist_queries: SqlWaitlistQueries
    allocation: Allocation
    shipments: Shipments
    imports: Imports
    what_if: WhatIf
    suppliers: Suppliers
    waitlist: Waitlist
    trial_orders: TrialOrders
    storefront: Storefront
    carts: ShoppersCarts
    page_scripts: PageScripts
    reconcile: Reconcile
    parking: Parking
    backorders: SqlBackorders
    panels: Panels
    page_panels: PagePanels
    deeds: Deeds
    tones: Tones
    mailings: Mailings
    mails: SqlMails
    answers: Answers
    substitutes: Substitutes
    substitute_choices: SubstituteChoices
    refunds: Refunds
    deadlines: Deadlines
    bounces: Bounces
    schema_state: Callable[[], SchemaState]
    """How far the database is migrated; raises when it cannot be asked."""


def build(settings: Settings) -> Plugin:
    """Nothing is called and nothing is sent: connections open when they are first used."""
    manifest = registration.load()
    clock = SystemClock(settings.clock_file)
    engine = make_engine(settings.database_url)
    redis = connect(settings.redis_url or "")
    queue = RqQueue(redis)
    directory = SqlDirectory(engine, FernetCipher(settings.fernet_keys))
    units = SqlUnits(engine, queue, clock)
    connections = Connections()
    stores = BigCommerceStores(
        directory=directory,
        connections=connections,
        api_url=settings.api_url,
        hook_destination=f"{settings.base_url}{manifest.webhooks.path}",
        hook_scopes=tuple(scope.name for scope in manifest.webhooks.scopes),
        optional_hook_scopes=frozenset(scope.name for scope in manifest.webhooks.scopes if scope.optional),
        quota=RedisQuota(redis),
        on_call=partial(_note, clock),
    )
    wording = BabelWording(clock)
    page_queries = SqlPageQueries(engine)
    links = SignedLinks(settings.base_url, settings.secret_keys)
    writer = Writer(languages=wording, links=links)
    grace = timedelta(seconds=settings.recheck_seconds)
    holidays = PublicHolidays()
    cache = _page_cache(settings)
    planning = Planning(
        clock=clock,
        holidays=holidays,
        wording=wording,
        grace=grace,
        hold=timedelta(seconds=settings.mail_hold_seconds),
        purge_after=PURGE_AFTER if cache else None,
    )
    intake = Intake(planning)
    answers = Answers(units=units, planning=planning)
    choices = SubstituteChoices(answers=answers, stores=stores, intake=intake)
    publishing = Publishing(units=units, directory=directory, stores=stores, clock=clock)
    page_panels = PagePanels(units, [PagePanel(each.model, each.label, each.url) for each in manifest.panels])
    long_reads = LongReads(units=units, intake=intake)
    tenants = Tenants(
        units=units,
        directory=directory,
        stores=stores,
        clock=clock,
        intake=intake,
        long_reads=long_reads,
        publishing=publishing,
        panels=page_panels,
    )
    return Plugin(
        settings=settings,
        manifest=manifest,
        clock=clock,
        holidays=holidays,
        engine=engine,
        units=units,
        directory=directory,
        inbox_writer=DurableInbox(engine, clock),
        stores=stores,
        queue=queue,
        wording=wording,
        screen_wording=ScreenWording(),
        links=links,
        queries=SqlQueries(engine),
        activity=SqlActivity(engine),
        home=SqlHome(engine),
        connections=connections,
        order_page=OrderPage(units=units, answers=answers, choices=choices),
        withdrawal=Withdrawal(units=units, answers=answers),
        proofs=Proofs(units=units, records=SqlOrderRecords(engine), clock=clock),
        proof_pages=ProofPages(),
        privacy=Privacy(units=units, clock=clock),
        supplier_page=SupplierPage(units=units, shipments=Shipments(units=units, planning=planning), clock=clock),
        identity=AppIdentity(
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            redirect_uri=f"{settings.base_url}{manifest.callbacks.auth}",
            login_url=settings.login_url,
        ),
        inbox=Inbox(
            units=units,
            directory=directory,
            stores=stores,
            clock=clock,
            events=BigCommerceEventReader(),
            intake=intake,
            long_reads=long_reads,
            tenants=tenants,
            gather=timedelta(seconds=settings.webhook_gather_seconds),
        ),
        publishing=publishing,
        purging=Purging(units=units, clock=clock, cache=cache),
        outbox=Outbox(units=units, notifier=_notifier(settings, wording, links, clock), clock=clock),
        tenants=tenants,
        store_settings=SettingsOfStore(units=units, clock=clock),
        policy_preview=PolicyPreview(clock=clock, holidays=holidays, wording=wording),
        sender_check=SenderCheck(domain=_domain_of(settings.mail_from), texts=DnsTexts()),
        policies=Policies(units=units, clock=clock),
        product_queries=SqlProductQueries(engine),
        policy_effects=PolicyEffects(units=units, planning=planning),
        shipment_queries=SqlShipmentQueries(engine),
        waitlist_queries=SqlWaitlistQueries(engine),
        suggestions=Suggestions(units=units, history=SqlSupplyHistory(engine), clock=clock),
        allocation=Allocation(units=units, planning=planning, stores=stores),
        imports=Imports(units=units, shipments_service=Shipments(units=units, planning=planning)),
        what_if=WhatIf(units=units, planning=planning),
        shipments=Shipments(units=units, planning=planning),
        suppliers=Suppliers(units=units),
        waitlist=Waitlist(units=units, planning=planning),
        trial_orders=TrialOrders(units=units, stores=stores, products=SqlProductQueries(engine), clock=clock),
        storefront=Storefront(
            directory=directory,
            queries=page_queries,
            shelf=RedisShelf(settings.redis_url or ""),
            wording=wording,
            clock=clock,
        ),
        carts=ShoppersCarts(units=units, queries=page_queries, clock=clock),
        page_scripts=PageScripts(
            units=units,
            stores=stores,
            wording=wording,
            file=_script_file(settings, manifest),
            clock=clock,
            purge_after=PURGE_STORE_AFTER if cache else None,
        ),
        reconcile=Reconcile(units=units, stores=stores, clock=clock, long_reads=long_reads, holidays=holidays),
        parking=Parking(units=units, clock=clock),
        backorders=SqlBackorders(engine),
        page_panels=page_panels,
        panels=Panels(units=units, backorders=SqlBackorders(engine), products=SqlProductQueries(engine)),
        deeds=Deeds(units=units, planning=planning, writer=writer),
        tones=Tones(units=units, clock=clock),
        mailings=Mailings(units=units, writer=writer, clock=clock),
        mails=SqlMails(engine),
        answers=answers,
        substitutes=Substitutes(units=units, clock=clock),
        substitute_choices=choices,
        refunds=Refunds(units=units, directory=directory, stores=stores, clock=clock),
        bounces=_bounces(settings, units, clock),
        deadlines=Deadlines(units=units, planning=planning),
        schema_state=partial(schema_state, engine),
    )


def _script_file(settings: Settings, manifest: Manifest) -> ScriptFile:
    """The script as the manifest wants it loaded, in the build that came with this version."""
    built = json.loads(SCRIPT_BUILD.read_text(encoding="utf-8"))["backorder"]
    return ScriptFile(
        base_url=settings.base_url,
        file=built["file"],
        integrity=built["integrity"],
        **manifest.storefront_script.model_dump(),
    )


def _page_cache(settings: Settings) -> HttpPageCache | None:
    if settings.purge_url is None:
        return None
    return HttpPageCache(settings.purge_url, settings.purge_style, settings.purge_secret.get_secret_value())


def _notifier(settings: Settings, wording: BabelWording, links: SignedLinks, clock: Clock) -> Notifier:
    if settings.smtp_url is None:
        return NoMailServer()
    return SmtpNotifier(
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        wording=wording,
        links=links,
        clock=clock,
        returns=_return_paths(settings),
    )


def _return_paths(settings: Settings) -> ReturnPaths | None:
    return ReturnPaths(settings.bounce_address, settings.secret_keys) if settings.bounce_address else None


def _bounces(settings: Settings, units: Units, clock: Clock) -> Bounces:
    paths = _return_paths(settings)
    url = settings.bounce_mailbox_url.get_secret_value()
    return Bounces(
        units=units,
        clock=clock,
        reader=ReportReader(paths) if paths else None,
        mailbox=_bounce_mailbox(url) if paths and url else None,
    )


def _bounce_mailbox(url: str) -> BounceMailbox:
    address = BoxAddress.parse(url)
    return ImapMailbox(address) if address.scheme.startswith("imap") else PopMailbox(address)


def _domain_of(mail_from: str) -> str:
    """The domain of `Backorder <backorder@example.com>`."""
    return mail_from.rpartition("@")[2].strip(" <>")


def _note(clock: Clock, called: Called) -> None:
    _count_call(called)
    if called.method == "GET":
        return
    named = [int(part) for part in called.path.split("/") if part.isdigit()]
    call = CallMade(
        at=clock.now(),
        method=called.method,
        path=called.path,
        status=called.status,
        milliseconds=round(called.seconds * 1000),
        request_id=called.request_id,
        ids=tuple(sorted(ids_in(called.body).union(named))),
    )
    note_call(call)


def _count_call(called: Called) -> None:
    telemetry.API_CALLS.labels(called.method, str(called.status)).inc()
    telemetry.API_SECONDS.labels(called.method).observe(called.seconds)
