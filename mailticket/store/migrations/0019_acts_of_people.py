"""I/O: step 19, what people did, found without reading what the clock did: that is one act for each retired case."""

from __future__ import annotations

from typing import Any

STATEMENTS = ("""CREATE INDEX operator_act_by_people ON operator_act (id) WHERE "by" <> 'the clock'""",)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
