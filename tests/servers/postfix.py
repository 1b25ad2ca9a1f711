"""A real Postfix from its installed binaries, with config and queue of its own, that hands everything to a sink."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import programs

HOST = "127.0.0.1"

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
myhostname = relay.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [{host}]:{next_port}
smtp_host_lookup = native
smtp_tls_security_level = none
message_size_limit = {size_limit}
mailbox_size_limit = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_enable = yes
biff = no
alias_maps =
alias_database =
"""

_MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass
class Postfix:
    """One running Postfix. What it takes on `port` goes to the SMTP server on `next_port`."""

    next_port: int
    size_limit: int = 1_000_000
    host: str = HOST
    port: int = field(default_factory=programs.free_port)
    # Its daemons drop root's rights, and so could not enter pytest's folder.
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="postfix-")))

    def start(self) -> None:
        """Start, and wait until it greets."""
        self.folder.chmod(0o755)
        for name in ("queue", "data"):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.chown(self.folder / "data", "postfix")
        values = {"folder": self.folder, "host": self.host, "port": self.port}
        values |= {"next_port": self.next_port, "size_limit": self.size_limit}
        (self.folder / "main.cf").write_text(_MAIN.format(**values))
        (self.folder / "master.cf").write_text(_MASTER.format(**values))
        self._command("start")
        programs.wait_until(lambda: programs.answers(self.port), 15, "Postfix to greet", self.folder / "log")

    def stop(self) -> None:
        """Stop; the queue stays."""
        self._command("stop")

    def remove(self) -> None:
        """Stop, and remove every file."""
        self._command("abort", may_fail=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, verb: str, may_fail: bool = False) -> None:
        command = [programs.require("postfix"), "-c", str(self.folder), verb]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode and not may_fail:
            raise RuntimeError(f"postfix {verb}: {done.stdout}{done.stderr}")


def require_installed() -> None:
    """Postfix is here and may be started, or the test is skipped."""
    programs.require("postfix")
    if os.geteuid() != 0:
        programs.missing("only root can start Postfix")
