"""An S3 server (moto) as a process of its own, on a free loopback port."""

from __future__ import annotations

import itertools
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import programs

_buckets = itertools.count(1)


class S3:
    """A running server. Any key is let in."""

    def __init__(self, folder: Path) -> None:
        self.port = programs.free_port()
        self._log = folder / "moto.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        programs.wait_until(self._is_ready, 30, "moto", self._log)

    def stop(self) -> None:
        if self._process:
            programs.stop(self._process)
            self._process = None

    def make_bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"bucket-{next(_buckets)}"
        self.ask("PUT", name)
        return name

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{path}", body, method=method)) as answer:
            return bytes(answer.read())

    def _is_ready(self) -> bool:
        try:
            self.ask("GET", "")
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    server = S3(tmp_path_factory.mktemp("s3"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def s3_url(s3_server: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """`mailticket.files` for an empty bucket; the environment says how to get there."""
    for name, value in (
        ("AWS_ENDPOINT_URL", s3_server.url),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    return f"s3://{s3_server.make_bucket()}/desk"
