"""Runs the migrations, online and as SQL."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from common.database import Base, engine


def migrate(connection: Connection) -> None:
    """Run the migrations over a connection."""
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


async def migrate_online() -> None:
    """Open a connection and run the migrations over it."""
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(migrate_online())
