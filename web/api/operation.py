"""Crossdock itself: checks of every part, exchanges and queues, settings, keys, and the scheduler's jobs."""

import os

from fastapi import APIRouter

from operations.accounts import AccountAccess, list_accounts
from operations.monitoring.models import PipelineState
from operations.personal_data.keys import VaultKey, public_key, vault_keys
from operations.settings import ShownSettings, show_settings
from operations.system_message import SystemMessage, show_system_message
from operations.topology import TopologyCheck, check_topology
from web.api.paging import Page
from web.api.permissions import ChangesSettings, Reader
from web.context import Ctx, Pipeline
from workers import jobs
from workers.doctor import Diagnosis, diagnose
from workers.jobs import SyncResult

router = APIRouter(tags=["operation"])


@router.get("/pipeline", operation_id="showPipeline")
def pipeline(person: Reader, reader: Pipeline) -> PipelineState:
    """Show queues, rates, retries that wait, breakers and budgets; while the broker is away, that it is."""
    return reader.read()


@router.get("/system-message", operation_id="showSystemMessage")
def system_message(context: Ctx, person: Reader) -> SystemMessage | None:
    """Show the documented message while orders are blocked or events wait for unknown stores; null otherwise."""
    return show_system_message(context)


@router.get("/doctor", operation_id="showDiagnosis")
def doctor(context: Ctx, person: Reader) -> Diagnosis:
    """Check the database, the outbox, the scheduler, the broker and the consumers of each queue."""
    return diagnose(context.settings)


@router.get("/topology", operation_id="checkTopology")
def topology(context: Ctx, person: Reader) -> TopologyCheck:
    """Check that all exchanges and queues exist as declared. 503 while the broker is away."""
    return check_topology(context.settings)


@router.get("/accounts", operation_id="listAccounts")
def accounts(context: Ctx, person: Reader) -> Page[AccountAccess]:
    """List the accounts on RabbitMQ with the permissions that each needs."""
    return Page(items=list_accounts(context.settings.account_prefix, ()))


@router.get("/settings", operation_id="showSettings")
def settings(context: Ctx, person: ChangesSettings) -> ShownSettings:
    """Show the settings in force, without secrets."""
    return show_settings(context.settings, os.environ)


@router.get("/vault/keys", operation_id="listVaultKeys")
def keys(context: Ctx, person: ChangesSettings) -> Page[VaultKey]:
    """Show which of the vault's keys are still needed. It reads all encrypted rows."""
    return Page(items=tuple(vault_keys(context.ledger)))


@router.get("/vault/public-key", operation_id="showPublicKey")
def vault_public_key(context: Ctx, person: Reader) -> dict[str, str]:
    """Show the public key with which upstream systems encrypt personal data, a JWK."""
    return public_key(context.ledger)


@router.post("/sync", operation_id="sync")
def sync(context: Ctx, person: ChangesSettings) -> SyncResult:
    """Queue the requests that are due by now: completions, imports of blocked orders, unanswered requests."""
    return jobs.sync(context.ledger, context.settings)
