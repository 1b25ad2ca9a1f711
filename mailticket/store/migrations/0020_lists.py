"""I/O: step 20, the newest cases of a CSR or of a service are found without looking at others."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    "CREATE INDEX cases_csr_id ON cases (csr, id)",
    "CREATE INDEX cases_service_id ON cases (service, id)",
)


def up(_migrator: Any, database: Any) -> None:
    for statement in STATEMENTS:
        database.execute_sql(statement)
