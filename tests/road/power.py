"""Power cuts: the desk's data lies on a disk of its own, an image file; what was not on it when the power went is gone.

The process is killed, and the image copied as it is at that moment: what the kernel still held in memory is not in it.
The copy becomes the disk. The mail servers live elsewhere and go on: they are ahead of the database.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.road.siege import Kill, Siege
from tests.servers import programs

_SIZE = 48 * 1024 * 1024


@dataclass
class Disk:
    """An ext4 file system in an image file under `folder`, mounted at `place`."""

    folder: Path
    place: Path
    _number: int = 0

    @property
    def _image(self) -> Path:
        return self.folder / f"disk-{self._number}"

    def plug_in(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(_SIZE)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def cut(self) -> None:
        """The power goes, and comes back."""
        before = self._image
        self._number += 1
        shutil.copyfile(before, self._image)
        self.unplug()
        before.unlink()
        _run("mount", "-o", "loop", str(self._image), str(self.place))

    def unplug(self) -> None:
        programs.wait_until(lambda: not _told("umount", str(self.place)).returncode, 10, "the disk to come to rest")


@dataclass(frozen=True)
class PowerCut:
    """The power goes when this would have killed the process."""

    kill: Kill
    disk: Disk

    @property
    def name(self) -> str:
        return f"power cut, {self.kill.name}"

    def run(self, siege: Siege) -> int:
        code = self.kill.run(siege)
        self.disk.cut()
        return code


def why_no_disk(folder: Path) -> str:
    """Why no image can be mounted here, "" if one can. A missing program skips the test or fails it."""
    for program in ("mkfs.ext4", "mount"):
        programs.require(program)
    if os.geteuid():
        return "only root may mount an image"
    disk = Disk(folder, folder / "probe")
    try:
        disk.plug_in()
    except OSError as error:
        return str(error)
    disk.unplug()
    return ""


def _run(*command: str) -> None:
    told = _told(*command)
    if told.returncode:
        raise OSError(f"{' '.join(command)}: {told.stderr.decode().strip()}")


def _told(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([programs.require(command[0]), *command[1:]], capture_output=True, check=False)
