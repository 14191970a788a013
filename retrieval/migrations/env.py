"""Runs the revisions on the connection that ``retrieval.tables.migrate`` hands over."""

from alembic import context

from retrieval.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
