"""What all tests share: the fixtures of the test servers, and that no property is tested against the clock."""

from __future__ import annotations

from hypothesis import settings

import mailticket.store  # noqa: F401 (before the test servers load psycopg: peewee is to be loaded as the product loads it)

pytest_plugins = ["tests.servers.fixtures", "tests.servers.postgres", "tests.servers.s3"]

# A busy machine takes its time over an example; growth is measured where it matters (tests/mime/growth.py).
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
