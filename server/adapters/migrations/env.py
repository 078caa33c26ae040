"""Alembic's door: runs the versions over the connection that `migrate` hands in."""

from alembic import context

from server.adapters.tables import lasting

context.configure(
    connection=context.config.attributes["connection"], target_metadata=lasting, transaction_per_migration=True
)
with context.begin_transaction():
    context.run_migrations()
