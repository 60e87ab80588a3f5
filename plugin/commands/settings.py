"""`backorder settings`: show what is in force, or print the example file."""

import click
from pydantic import SecretStr

from plugin.settings import Settings, example, variable_name
from plugin.telemetry import scrub


@click.command()
@click.option("--example", "as_example", is_flag=True, help="Print the text of .env.example instead.")
def settings(*, as_example: bool) -> None:
    """Show the settings in force, without secrets."""
    if as_example:
        click.echo(example(), nl=False)
        return
    in_force = Settings.from_env()
    for name, field in Settings.model_fields.items():
        value = getattr(in_force, name)
        shown = (
            ("set" if value.get_secret_value() else "")
            if isinstance(value, SecretStr)
            else str(value if value is not None else "")
        )
        safe = scrub(None, "", {"value": shown})["value"]
        origin = "" if name in in_force.model_fields_set else "  (default)"
        click.echo(f"{variable_name(name, field)}={safe}{origin}")
