"""The same commands on PostgreSQL, whose password comes from the environment."""

from __future__ import annotations

import pytest

from mailticket.cli.setting_up import checks
from tests.cli.desk import Desk
from tests.cli.test_ingest import MAIL


@pytest.fixture
def desk_on_postgres(desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("DESK_DATABASE", postgres_url)
    text = desk.config.read_text().replace('data = "data"', 'data = "data"\ndatabase = "${DESK_DATABASE}"')
    desk.config.write_text(text, "utf-8")
    return desk


def test_migrate_ingest_and_lists_work_on_postgresql(desk_on_postgres: Desk) -> None:
    desk = desk_on_postgres
    assert desk.run("case", "list").exit_code == 1
    assert desk.run("migrate").stdout.startswith("Done: 0001_")
    assert desk.run("ingest", "-", stdin=MAIL).exit_code == 0
    assert [one["service"] for one in desk.json("inbox", "list")] == ["support"]
    assert desk.run("csr", "away", "ann@example.com").exit_code == 0
    assert [one["away_roles"] for one in desk.json("csr", "list")] == [["first"], []]


def test_check_finds_postgresql_well(desk_on_postgres: Desk) -> None:
    desk_on_postgres.run("migrate")
    told = {one.what: one for one in checks.look(desk_on_postgres.config)}
    assert (told["database"].status, told["database"].said) == ("ok", "PostgreSQL, durable")


def test_a_database_that_is_down_is_to_be_tried_again(desk: Desk) -> None:
    url = "postgresql://desk:geheim@127.0.0.1:1/desk"
    desk.config.write_text(desk.config.read_text().replace('data = "data"', f'data = "data"\ndatabase = "{url}"'))
    result = desk.run("case", "list")
    assert result.exit_code == 75
    assert "geheim" not in result.output
    assert desk.run("ingest", "-", stdin=MAIL).exit_code == 75
