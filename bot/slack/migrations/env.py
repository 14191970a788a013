"""Runs the revisions of the Slack client's tables on the connection that ``retrieval.tables.migrate`` hands over."""

from alembic import context

from bot.slack.tables import HISTORY, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=HISTORY.version_table,
)
with context.begin_transaction():
    context.run_migrations()
