from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

VERSION = 1

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
    Column("holder", Text),  # who is at work on it: JSON of host, process, since
    Column("heartbeat", Float),
)

stages = Table(
    "stages",
    metadata,
    Column("study", ForeignKey("studies.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("lr", Float, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("updates", Integer, nullable=False),
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
    Column("step", Integer, nullable=False),
    Column("lr", Float, nullable=False),
    Column("loss", Float),
    Column("seconds", Float, nullable=False),
)
