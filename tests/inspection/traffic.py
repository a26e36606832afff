"""What goes over the wire to a database, counted at the driver."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, Table, event
from sqlalchemy.orm import Session

from inspection import bulk
from inspection.copying import copy_rows
from tests.replication_guard import left_alone


@dataclass
class Traffic:
    """Statements sent, each with its parameters; an executemany of n rows counts as n. rows: that came back."""

    sent: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 0

    @property
    def statements(self) -> int:
        """How many statements were sent."""
        return len(self.sent)


@contextmanager
def counted(session: Session) -> Iterator[Traffic]:
    """Counts everything on the session's engine while the block runs."""
    bind = session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine
    traffic = Traffic()

    def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        repeated = many and isinstance(parameters, list)
        traffic.sent.extend((statement, each) for each in (parameters if repeated else [parameters]))

    def after(_connection: Any, cursor: Any, *_: Any) -> None:
        if engine.dialect.name == "postgresql" and cursor.description is not None:
            traffic.rows += cursor.rowcount

    def count_row(_cursor: Any, row: Any) -> Any:
        traffic.rows += 1
        return row

    def copy_counted(session: Session, table: Table, rows: Sequence[Any]) -> None:
        traffic.sent.append((f"COPY {table.name}", None))
        copy_rows(session, table, rows)

    driver = session.connection().connection.driver_connection
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    if engine.dialect.name == "sqlite":
        driver.row_factory = count_row  # type: ignore[union-attr]
    try:
        with patch.object(bulk, "copy_rows", copy_counted), left_alone():
            yield traffic
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
        if engine.dialect.name == "sqlite":
            driver.row_factory = None  # type: ignore[union-attr]


def full_scans(session: Session, traffic: Traffic) -> set[str]:
    """Statements among those sent for which the database would read a whole table, by its own plan."""
    postgres = session.get_bind().dialect.name == "postgresql"
    if postgres:  # small tables are read whole even where there is an index
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
    explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
    found = set()
    for statement, parameters in traffic.sent:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            plan = session.connection().exec_driver_sql(explain + statement, parameters).all()
            for step in plan:
                line = str(step[-1]).strip()
                if "Seq Scan on" in line or line.startswith("SCAN"):
                    found.add(f"{line} -- {statement}")
    return found
