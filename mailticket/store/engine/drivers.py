"""How peewee is loaded: without the drivers of other databases, which take a tenth of a start. I/O.

It loads whatever driver it finds. None is needed with SQLite, and `postgres.PostgresEngine` loads its own.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, cast

#: What looks for drivers when it is loaded.
_LOOKING = ("peewee", "playhouse.migrations")
#: Those that it looks for.
_DRIVERS = ("psycopg2cffi", "psycopg2", "psycopg", "pymysql", "MySQLdb")


def load_peewee() -> None:
    """Before anything of the store imports it. Drivers that somebody else has loaded stay, and peewee finds them.

    A module that is None there cannot be imported (docs.python.org/3/reference/import.html#the-module-cache).
    """
    modules = cast("dict[str, Any]", sys.modules)
    hidden = [name for name in _DRIVERS if name not in modules]
    modules.update(dict.fromkeys(hidden))
    try:
        for name in _LOOKING:
            importlib.import_module(name)
    finally:
        for name in hidden:
            del modules[name]
