"""Large files on a disk or in a bucket: put, read, counted and removed alike; what goes wrong costs no mail."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mailticket.errors import Permanent, Temporary
from mailticket.store.database import Store
from mailticket.store.files import blobs
from mailticket.store.files.depots import Bucket, Depot, Disk
from tests.servers.programs import free_port

LARGE = bytes(range(256)) * 80_000  # 20 MB: three parts
DIGEST = hashlib.sha256(LARGE).hexdigest()


@pytest.fixture(params=["disk", "bucket"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Depot:
    if request.param == "disk":
        return Disk(tmp_path / "files")
    return Bucket(request.getfixturevalue("s3_url"), tmp_path / "unfinished")


@pytest.fixture
def s3_store(s3_url: str, tmp_path: Path) -> Iterator[Store]:
    """A SQLite store whose large files go to a bucket."""
    store = Store("sqlite", tmp_path / "data", s3_url)
    store.open()
    store.migrate()
    with store.connection():
        yield store
    store.close()


def put(depot: Depot, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    depot.unfinished.mkdir(parents=True, exist_ok=True)
    path = depot.unfinished / "one"
    path.write_bytes(content)
    depot.keep(name, path)
    assert not path.exists()
    return name


def test_what_was_put_is_read_whole_or_its_head(depot: Depot) -> None:
    name = put(depot, LARGE)
    assert depot.has(name) and b"".join(depot.read(name) or ()) == LARGE
    assert b"".join(depot.read(name, 1000) or ()) == LARGE[:1000]


def test_what_is_not_there_is_none_and_can_be_removed(depot: Depot) -> None:
    assert depot.read(DIGEST) is None and depot.read(DIGEST, 5) is None and not depot.has(DIGEST)
    depot.remove(DIGEST)
    depot.remove(put(depot, b"one"))
    assert list(depot.all()) == []


def test_every_file_is_listed_with_its_size_and_when_it_was_put_there_last(depot: Depot) -> None:
    names = {put(depot, str(number).encode() * 10) for number in range(5)}
    again = put(depot, b"0" * 10)
    listed = list(depot.all())
    assert {one.sha256 for one in listed} == names and {one.size for one in listed} == {10} and again in names
    assert all(datetime.now(UTC) - one.put_at < timedelta(minutes=5) for one in listed)


def test_mails_above_256_kb_go_to_the_bucket_and_come_back(s3_store: Store) -> None:
    small, large = blobs.put_many([b"small", LARGE])
    assert blobs.get(small) == b"small" and blobs.get(large) == LARGE and blobs.get(large, 7) == LARGE[:7]
    assert [one.sha256 for one in s3_store.depot().all()] == [large]
    assert not [one for one in (s3_store.data / "files").rglob("*") if one.is_file()]
    blobs.remove(large)
    assert not blobs.exists(large)


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_spoilt_bytes_are_never_taken_for_the_mail(s3_store: Store, content: bytes) -> None:
    digest = blobs.put(content)
    if content == LARGE:
        (s3_store.data / "wrong").write_bytes(LARGE[::-1])
        s3_store.depot().keep(digest, s3_store.data / "wrong")
    else:
        s3_store.blob_engine.execute_sql("UPDATE blob SET content = ?", (b"smull",))
    with pytest.raises(Permanent, match="is damaged"):
        blobs.get(digest)


def test_a_bucket_that_is_not_there_is_no_missing_mail(s3_url: str, tmp_path: Path) -> None:
    depot = Bucket("s3://no-such-bucket/desk", tmp_path)
    for act in (lambda: depot.read(DIGEST), lambda: put(depot, LARGE)):
        with pytest.raises(Temporary, match=r"s3://no-such-bucket/desk cannot be used .*Check the bucket's name"):
            act()


def test_a_server_that_is_away_is_temporary_and_leaves_nothing(
    s3_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    blobs.keep_in(Bucket("s3://bucket", tmp_path / "unfinished"))
    with pytest.raises(Temporary, match="cannot be used"):
        blobs.put(LARGE)
    assert list((tmp_path / "unfinished").iterdir()) == []


class _Refuses(BaseHTTPRequestHandler):
    """An S3 server that knows nobody."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.end_headers()
        self.wfile.write(b"<Error><Code>InvalidAccessKeyId</Code></Error>")

    def log_message(self, *_: object) -> None:
        """The test's output is not its place."""


def test_a_key_that_is_refused_is_told_as_such(s3_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Refuses) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(Temporary, match=r"does not let us in .*AWS_ACCESS_KEY_ID"):
            Bucket(s3_url, tmp_path).read(DIGEST)


def test_systemds_credentials_come_before_the_environment(
    s3_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "aws-access-key-id").write_text("from-systemd\n")
    (tmp_path / "aws-secret-access-key").write_text("secret\n")
    assert Bucket(s3_url, tmp_path)._store.config["access_key_id"] == "from-systemd"


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "bucket"])
def test_what_names_no_bucket_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="s3://bucket/prefix"):
        Bucket(url, tmp_path)


_STREAM = """
import hashlib, pathlib, resource, sys
from mailticket.store.files import blobs
from mailticket.store.database import Store
store = Store("sqlite", pathlib.Path(sys.argv[1]), sys.argv[2])
store.open(); store.migrate()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with store.connection():
    with blobs.Writer() as writer:
        for number in range(150):
            writer.write(bytes([number]) * 1_000_000)
    size = sum(len(chunk) for chunk in blobs.read(writer.sha256))
store.close()
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("place", ["disk", "bucket"])
def test_150_mb_pass_through_in_flat_memory(place: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    files = "local" if place == "disk" else request.getfixturevalue("s3_url")
    command = [sys.executable, "-c", _STREAM, str(tmp_path / "data"), files]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
    size, grown = map(int, done.stdout.split())
    assert size == 150_000_000 and grown < 90_000 * (resource.getpagesize() // 4096)
