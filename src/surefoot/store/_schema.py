from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

VERSION = 2

metadata = MetaData()

store = Table("store", metadata, Column("version", Integer, nullable=False))

studies = Table(
    "studies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("created", Float, nullable=False),  # seconds since 1970
    Column("changed", Float, nullable=False),
    Column("setup", Text, nullable=False),  # JSON: settings of the search
    Column("facts", Text, nullable=False),  # JSON: what preflight found
    Column("task", Text, nullable=False, default="{}"),  # JSON: where the task came from, its schedule
    Column("answer", Text),  # JSON, once there is one
    Column("brief", Text),  # JSON: the answer without its curve, for lists
    Column("holder", Text),  # who is at work on it: JSON
    Column("fence", Integer, nullable=False, server_default="0"),  # grows with each holder; guards every write
    Column("expires", Float),  # when its lease ends, by the database's clock
    Column("let_go", Integer, nullable=False, server_default="0"),  # so many stages' states were removed on purpose
)

stages = Table(
    "stages",
    metadata,
    Column("study", ForeignKey("studies.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("lr", Float, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("updates", BigInteger, nullable=False),
    Column("state", String(10), nullable=False),
    Column("score", Float),
    Column("record", Text, nullable=False),  # JSON: the whole stage
    Column("at", Float, nullable=False),
    UniqueConstraint("study", "key"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("study", ForeignKey("studies.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("after", Integer, nullable=False),  # stages known when it was made
    Column("why", Text, nullable=False),
    Column("record", Text, nullable=False),  # JSON: segments, or the answer
    Column("at", Float, nullable=False),
)

ticks = Table(
    "ticks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("study", ForeignKey("studies.id"), nullable=False, index=True),
    Column("key", String(200), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("lr", Float, nullable=False),
    Column("loss", Float),
    Column("seconds", Float, nullable=False),
)

# What brings a store of the version before to each version.
UPGRADES = {
    2: (
        "ALTER TABLE studies ADD COLUMN fence INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE studies ADD COLUMN expires FLOAT",
        "ALTER TABLE studies ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE studies ADD COLUMN brief TEXT",
        "UPDATE studies SET brief = json_set(answer, '$.curve', json('{}'))",
        "UPDATE studies SET holder = NULL",
        "UPDATE studies SET let_go = (SELECT count(*) FROM stages WHERE study = id) WHERE answer IS NOT NULL",
    )
}
