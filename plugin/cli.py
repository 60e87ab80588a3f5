"""The `backorder` command: a table of names; each sub-command lives in plugin/commands and is imported when called."""

from importlib import import_module

import click

from plugin.domain.errors import DomainError
from plugin.manifest import ManifestInvalid
from plugin.services.errors import ServiceError
from plugin.settings import SettingsInvalid
from plugin.supervisor import ProgrammeFailed

COMMANDS = {
    "demo": "plugin.demo.command:demo",
    "torture": "plugin.demo.torture:torture",
    "all": "plugin.commands.processes:run_all",
    "web": "plugin.commands.processes:web",
    "worker": "plugin.commands.processes:worker",
    "clock": "plugin.commands.processes:clock",
    "migrate": "plugin.commands.processes:migrate",
    "tenants": "plugin.commands.tenants:tenants",
    "policies": "plugin.commands.policies:policies",
    "shipments": "plugin.commands.shipments:shipments",
    "storefront": "plugin.commands.storefront:storefront",
    "panels": "plugin.commands.panels:panels",
    "allocation": "plugin.commands.allocation:allocation",
    "suppliers": "plugin.commands.suppliers:suppliers",
    "delays": "plugin.commands.delays:delays",
    "proof": "plugin.commands.proof:proof",
    "bounce": "plugin.commands.bounce:bounce",
    "waitlist": "plugin.commands.waitlist:waitlist",
    "shopper": "plugin.commands.shopper:shopper",
    "resync": "plugin.commands.tenants:resync",
    "leave": "plugin.commands.tenants:leave",
    "apikey": "plugin.commands.tenants:apikey",
    "backup": "plugin.commands.backup:backup",
    "restore": "plugin.commands.backup:restore",
    "doctor": "plugin.commands.doctor:doctor",
    "settings": "plugin.commands.settings:settings",
    "keys": "plugin.commands.keys:keys",
    "sandbox": "plugin.sandbox.server:command",
}
TROUBLES = (SettingsInvalid, ManifestInvalid, DomainError, ServiceError, ProgrammeFailed)


class Commands(click.Group):
    """Loads a sub-command when it is asked for, so that --help and small commands stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  — click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  — click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TROUBLES as trouble:
            raise click.ClickException(str(trouble)) from trouble


@click.command(cls=Commands, name="backorder", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backorder", message="%(version)s")
def main() -> None:
    """Backorders, pre-orders and ship dates that hold, for BigCommerce stores."""


if __name__ == "__main__":
    main(prog_name="backorder")
