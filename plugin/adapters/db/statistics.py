"""What SQLite is told of the sizes of its tables: that a store has many rows of each kind.

Left alone it believes that there are ten, and walks all that a store ever had in the order of the key rather than find a few
orders of it; its own ANALYZE would answer otherwise on every day it is run. Statistics that never change are a use of them that
SQLite documents (lang_analyze.html, "Fixed Results of ANALYZE"). PostgreSQL counts for itself.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

STORES = 10
OF_A_STORE = 100_000
"""Rows of a table that belong to one store."""
IN_A_PART = 1_000
"""… and in an index of the open, due or otherwise chosen ones."""
OF_ONE_THING = 10
"""Rows about one order, item, address or whatever else a column names."""
A_TENTH = 10
"""What any other column leaves of them."""
NAMING = ("id", "_key", "target", "to", "email", "about", "sku", "url", "word", "reference", "sent_with")

INDEXES = text(
    "SELECT tables.name, indexes.name, indexes.partial, indexes.\"unique\", group_concat(columns.name, ' ') "
    "FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS indexes, pragma_index_info(indexes.name) AS columns "
    "WHERE tables.type = 'table' GROUP BY tables.name, indexes.name ORDER BY tables.name, indexes.name"
)
HAS_ANY = text("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'")
MAKE_OR_LOAD = text("ANALYZE sqlite_schema")


def tell_statistics(connection: Connection) -> None:
    """Write them for every index there is, unless they stand there. In the caller's transaction; connections opened later
    know them, and this one.
    """
    wanted = {
        (table, index, _numbers(columns.split(), in_part=bool(partial), is_unique=bool(unique)))
        for table, index, partial, unique, columns in connection.execute(INDEXES)
        if columns and columns.startswith("tenant_id ")
    }
    if wanted == _there(connection):
        return
    connection.execute(MAKE_OR_LOAD)
    connection.execute(text("DELETE FROM sqlite_stat1"))
    rows = [{"table": table, "index": index, "numbers": numbers} for table, index, numbers in sorted(wanted)]
    connection.execute(text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :numbers)"), rows)
    connection.execute(MAKE_OR_LOAD)


def _there(connection: Connection) -> set[tuple[str, str, str]]:
    if connection.execute(HAS_ANY).first() is None:
        return set()
    return {(row.tbl, row.idx, row.stat) for row in connection.execute(text("SELECT * FROM sqlite_stat1"))}


def _numbers(columns: Sequence[str], *, in_part: bool, is_unique: bool) -> str:
    """As ANALYZE writes them: the rows in all, then how many share the first column, the first two, …"""
    of_a_store = IN_A_PART if in_part else OF_A_STORE
    left = [of_a_store]
    for name in columns[1:]:
        left.append(min(left[-1], OF_ONE_THING) if name.endswith(NAMING) else max(1, left[-1] // A_TENTH))
    if is_unique:
        left[-1] = 1
    return " ".join(map(str, [of_a_store * STORES, *left]))
