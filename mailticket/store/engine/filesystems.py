"""I/O: which file system a folder lies on, for SQLite and fsync keep their promises on local disks only."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_OCTAL = re.compile(r"\\([0-7]{3})")

#: Where locks or fsync are somebody else's promise: https://www.sqlite.org/howtocorrupt.html sections 2.1 and 3.
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ncpfs"})
#: A FUSE file system on a block device of this machine.
_LOCAL_FUSE = "fuseblk"


def remote_kind(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system ("nfs4", "fuse.sshfs") if it is no local one, else "". Unknown counts as local."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    kinds = {_unescaped(line.split()[1]): line.split()[2] for line in lines if len(line.split()) > 2}
    real = folder.resolve()
    mounted = next((kinds[str(one)] for one in (real, *real.parents) if str(one) in kinds), "")
    is_fuse = mounted.startswith("fuse") and mounted != _LOCAL_FUSE
    return mounted if mounted in _REMOTE or is_fuse else ""


def _unescaped(path: str) -> str:
    """Blanks and backslashes of a mount point are written as \\040 and \\134 (fstab(5))."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), path)
