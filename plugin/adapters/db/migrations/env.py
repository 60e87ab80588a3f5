"""Runs the migrations on the connection migrate.py hands over."""

from alembic import context

from plugin.adapters.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
