"""What all tests share: the fixtures of the test servers."""

from __future__ import annotations

pytest_plugins = ["tests.servers.fixtures", "tests.servers.postgres", "tests.servers.s3"]
