"""Ledgers as earlier versions wrote them: their tables in SQL, and one set of rows with a job in every state."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect, text

_HERE = Path(__file__).parent

ERAS = ("first", "grown", "unversioned")
ROWS: dict[str, list[dict[str, Any]]] = json.loads((_HERE / "rows.json").read_text(encoding="utf-8"))


def write_ledger(url: str, era: str) -> None:
    """Make the tables of that era in an empty database, and fill them as far as they have the columns."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in _statements(era, connection.dialect.name):
            connection.exec_driver_sql(statement)
        for table in inspect(connection).get_table_names():
            _fill(connection, table)
    engine.dispose()


def contents(engine: Engine) -> dict[str, Any]:
    """Return every table with its columns, indexes and rows."""
    with engine.connect() as connection:
        schema = inspect(connection)
        return {
            table: (
                [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in schema.get_columns(table)],
                sorted(str(index["name"]) for index in schema.get_indexes(table)),
                sorted(map(str, connection.execute(text(f'SELECT * FROM "{table}"')).all())),
            )
            for table in sorted(schema.get_table_names())
        }


def _statements(era: str, dialect: str) -> list[str]:
    lines = (_HERE / f"{era}.sql").read_text(encoding="utf-8").splitlines()
    found = "\n".join(line for line in lines if not line.startswith("--"))
    if dialect == "postgresql":
        found = found.replace("id INTEGER NOT NULL", "id SERIAL NOT NULL")
    return [statement for statement in found.split(";") if statement.strip()]


def _fill(connection: Connection, table: str) -> None:
    there = {column["name"] for column in inspect(connection).get_columns(table)}
    for row in ROWS[table]:
        known = {name: _literal(value) for name, value in row.items() if name in there}
        names, values = ", ".join(f'"{name}"' for name in known), ", ".join(f":{name}" for name in known)
        connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), known)


def _literal(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
