"""Create the ledger's first versioned schema, or complete a ledger that is older than versions.

The tables are copied, not imported: `storage.schema` keeps changing, and a version does not.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.schema import CreateColumn

revision = "0001"
down_revision = None

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("stage", String(16), nullable=False, default=""),
    Column("percent", Float, nullable=False, default=0.0),
    Column("speed", Float, nullable=False, default=0.0),
    Column("lane", String(16), nullable=False, default=""),
    Column("name", Text, nullable=False),
    Column("programme", String(64), nullable=False),
    Column("unit", Text, nullable=False, default=""),
    Column("activity", Text, nullable=False, default=""),
    Column("place", Text, nullable=False, default=""),
    Column("date", String(10), nullable=False, default=""),
    Column("pair", String(200), nullable=False, default="", server_default="", index=True),
    Column("side", String(8), nullable=False, default="", server_default=""),
    Column("original", String(64), nullable=False, default=""),
    Column("size", BigInteger, nullable=False, default=0),
    Column("recipe", String(32), nullable=False, default=""),
    Column("manifest", Text, nullable=False, default=""),
    Column("findings", JSON, nullable=False, default=list),
    Column("code", String(40), nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("submitter", String(16), nullable=False, default="", server_default=""),
    Column("queued", Float, nullable=False, default=0.0, server_default="0"),
    Column("started", Float, nullable=False, default=0.0, server_default="0"),
    Column("due", Float, nullable=False, default=0.0, server_default="0"),
    Column("deaths", Integer, nullable=False, default=0, server_default="0"),
    Column("needs", JSON, nullable=False, default=dict, server_default="{}"),
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Index("jobs_by_state", "state", "updated"),
    Index("jobs_in_line", "state", "lane", "due"),
    Index("jobs_by_original", "original"),
    Index("jobs_by_created", "created"),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires", Float, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("lane", String(16), primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("served", Float, nullable=False),
)

reservations = Table(
    "reservations",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("box", String(200), nullable=False, index=True),
    Column("needs", JSON, nullable=False),
)

endings = Table(
    "endings",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("job", String(40), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("code", String(40), nullable=False),
    Column("at", Float, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due", Float),
    Column("told", Float),
    Index("endings_to_tell", "due"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("labels", String(200), primary_key=True),
    Column("value", Float, nullable=False),
)

prints = Table(
    "prints",
    metadata,
    Column("original", String(64), primary_key=True),
    Column("bits", String(16), nullable=False),
    Column("sharpness", Float, nullable=False),
    Column("job", String(40), nullable=False),
    Column("at", Float, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("decision", JSON, nullable=False),
    Column("manifest", String(512), nullable=False),
    Column("at", Float, nullable=False),
)

assets = Table(
    "assets",
    metadata,
    Column("key", String(512), primary_key=True),
    Column("manifest", String(512), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("role", String(16), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("duration", Float),
)

custody = Table(
    "custody",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(64), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("job", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("subject", "sequence"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("parent", String(16), nullable=False, default=""),
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
)


def upgrade() -> None:
    """Create the tables, or add the tables, columns and indexes that an unversioned ledger lacks."""
    connection = op.get_bind()
    before = set(inspect(connection).get_table_names())
    metadata.create_all(connection)
    for table in metadata.sorted_tables:
        if table.name in before:
            _complete(connection, table)
    if connection.dialect.name == "postgresql" and "jobs" in before:
        # The first ledgers limited the column to 64 characters; SQLite does not enforce such a limit.
        op.alter_column("jobs", "activity", type_=Text())


def _complete(connection: Connection, table: Table) -> None:
    """Add the columns and indexes that the table lacks; each added column has a server default for existing rows."""
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in there:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
    for index in table.indexes:
        index.create(connection, checkfirst=True)
