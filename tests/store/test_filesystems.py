"""SQLite on a share or on FUSE is refused by the table of mounts; a local disk is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailticket.errors import Permanent
from mailticket.store.database import Store
from mailticket.store.engine import filesystems

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/mail /srv/mail nfs4 rw 0 0
//server/mail /srv/with\\040blank cifs rw 0 0
host /mnt/host 9p rw 0 0
user@host: /home/ann/far fuse.sshfs rw 0 0
/dev/sdb1 /media/stick fuseblk rw 0 0
tmpfs /srv/mail/near tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/mailticket", ""),
        ("/srv/mail/data", "nfs4"),
        ("/srv/with blank", "cifs"),
        ("/mnt/host/a/b", "9p"),
        ("/home/ann/far/data", "fuse.sshfs"),
        ("/media/stick/data", ""),
        ("/srv/mail/near/data", ""),
        ("/srv/mailticket", ""),
    ],
)
def test_the_mount_that_holds_the_folder_decides(tmp_path: Path, folder: str, kind: str) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert filesystems.remote_kind(Path(folder), table) == kind


def test_where_there_is_no_such_table_a_folder_counts_as_local(tmp_path: Path) -> None:
    assert filesystems.remote_kind(tmp_path, tmp_path / "none") == ""


def test_a_database_on_a_share_is_refused_before_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "remote_kind", lambda _folder: "nfs4")
    with pytest.raises(Permanent, match=r"nfs4.*local disk"):
        Store("sqlite", tmp_path / "data").open()
    assert not (tmp_path / "data" / "mailticket.db").exists()
