"""peewee is loaded without PostgreSQL's driver: by the product, and so by its tests."""

from __future__ import annotations

import subprocess
import sys

import peewee


def test_a_desk_with_sqlite_loads_no_driver_of_another_database() -> None:
    asked = "import sys, mailticket.store.database; print([one for one in sys.modules if one.startswith('psycopg')])"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_tests_load_peewee_as_the_product_does() -> None:
    assert peewee.psycopg is None
