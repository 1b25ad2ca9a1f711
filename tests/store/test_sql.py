"""No value from a mail ever stands in a statement: statements are constants, and values are bound to them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mailticket.store
from mailticket.domain.address import Address
from mailticket.store import blacklist, cases, inbox, outbox, people
from mailticket.store.casework import history
from mailticket.store.database import Store
from mailticket.store.operation import leases
from tests.store.rows import NOW, opened

FILES = sorted(Path(mailticket.store.__file__).parent.rglob("*.py"))
INJECTIONS = [
    "' OR '1'='1",
    '" OR 1=1 --',
    "'; DROP TABLE cases; --",
    "%s %(x)s ?",
    "\\'; SELECT 1",
    "x\x1a' UNION SELECT 1",
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_statement_is_put_together_from_values(file: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    sql = [call.args[0] for call in calls if _name(call) in ("SQL", "execute_sql", "execute") and call.args]
    built = (ast.JoinedStr, ast.BinOp)
    assert not [
        ast.unparse(one) for one in sql if isinstance(one, built) or "format" in ast.unparse(one).partition("(")[0]
    ]


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.parametrize("text", INJECTIONS)
def test_hostile_text_is_only_text(store: Store, text: str) -> None:
    case = opened(who=Address(text, f"{text}@x.example"), subject=text)
    assert cases.load([case.id, text]) == {case.id: case}
    assert list(cases.list_cases(status=text, service=text, csr=text)) == []
    assert inbox.list_items(state=text) == inbox.by_message_id(text) == outbox.list_items(state=text) == []
    assert history.of_case(text) == history.of_message(text) == []
    assert blacklist.remove(text, text) is False
    assert people.customers([f"{text}@x.example".lower()])[f"{text}@x.example".lower()].name == text
    assert leases.acquire(text, text, NOW - NOW) == 1
