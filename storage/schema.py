"""Define the ledger's tables. Times are seconds since 1970 by the database's clock; no worker's clock is trusted."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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
    Column("seen", Text, nullable=False, default="", server_default=""),
    Index("jobs_by_state", "state", "updated"),
    Index("jobs_in_line", "state", "lane", "due"),
    Index("jobs_by_original", "original"),
    Index("jobs_by_created", "created"),
    Index("jobs_by_date", "date", "id"),
)

terms = Table(
    "terms",
    metadata,
    Column("term", String(8), primary_key=True),
    Column("job", String(40), primary_key=True, index=True),
)

codes = Table(
    "codes",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("job", String(40), primary_key=True, index=True),
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

bursts = Table(
    "bursts",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("burst", String(40), nullable=False, index=True),
    Column("sharpness", Float, nullable=False),
    Column("best", Boolean, nullable=False),
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
    Column("crc32", BigInteger),
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
    Column("account", String(16), nullable=False, default="", server_default=""),
    Column("unit", Text, nullable=False, default="", server_default=""),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("unit", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("secret", String(64), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("locked", Float, nullable=False),
    Column("created", Float, nullable=False),
    Column("closed", Float),
)

comments = Table(
    "comments",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("job", String(40), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("owner", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("milliseconds", Integer),
    Column("text", Text, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("owner", String(16), nullable=False),
    Column("name", Text, nullable=False),
)

packages = Table(
    "packages",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("owner", String(16), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("preset", String(16), nullable=False),
    Column("jobs", JSON, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("revoked", Float),
)

wanted_edits = Table(
    "wanted_edits",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("request", JSON, nullable=False),
    Column("base", String(16), nullable=False),
    Column("owner", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("due", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("percent", Float, nullable=False),
    Column("failure", Text, nullable=False),
)

searches = Table(
    "searches",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(16), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("created", Float, nullable=False),
)
