"""A real Dovecot (2.3) from its installed binary, in a folder of its own, on free loopback ports.

Every user name exists, with the password `PASSWORD`; a user's mailbox is made when it is first asked for.
"""

from __future__ import annotations

import base64
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient

from tests.servers import certificates, identity, programs

HOST = "127.0.0.1"
PASSWORD = "open-sesame"

#: Tokens that the provider of tests/servers/identity.py has signed are believed until they end.
_TOKEN_PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/tokens.conf
}}
"""
_TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""

_CONFIG = """
protocols = imap
listen = {host}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
default_process_limit = 200
default_client_limit = 800
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
ssl = yes
ssl_cert = <{pem}
ssl_key = <{pem}
disable_plaintext_auth = no
auth_mechanisms = plain login {token_mechanisms}
auth_failure_delay = 0
auth_username_format = %Lu
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
{token_passdb}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
mail_fsync = never
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
  {more_mailboxes}
}}
protocol imap {{
  {capability}
}}
"""


@dataclass(frozen=True)
class Options:
    """What differs from one Dovecot to the next. `capability` replaces the announced list; empty leaves it.
    `tokens`: XOAUTH2 and OAUTHBEARER as well."""

    capability: str = ""
    prefix: str = ""
    separator: str = "/"
    all_mail: bool = False
    tokens: bool = False


@dataclass
class Dovecot:
    """One running server. Plain text and STARTTLS on `port`, TLS from the first byte on `tls_port`."""

    options: Options = Options()
    host: str = HOST
    password: str = PASSWORD
    port: int = field(default_factory=programs.free_port)
    tls_port: int = field(default_factory=programs.free_port)
    # Not in pytest's folder: only root may enter that, and the paths of Unix sockets are short.
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dovecot-")))
    _process: subprocess.Popen[bytes] | None = None

    @property
    def ca_file(self) -> str:
        return str(self.folder / "ca.pem")

    @property
    def pid(self) -> int:
        """Of the master process."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it greets."""
        config = self.folder / "dovecot.conf"
        if not config.exists():
            self._prepare(config)
        command = [programs.require("dovecot"), "-F", "-c", str(config)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        programs.wait_until(lambda: programs.answers(self.port), 15, "Dovecot to greet", self.folder / "log")

    def stop(self) -> None:
        """Stop; mail and ports stay as they are."""
        if self._process:
            programs.stop(self._process)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop at once, and remove every file."""
        if self._process:
            programs.kill(self._process)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, user: str) -> IMAPClient:
        """A plain connection, logged in as `user`, nothing selected. Use it as a context manager."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=20)
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.normalise_times = False
        try:
            client.login(user, self.password)
        except BaseException:
            client.shutdown()
            raise
        return client

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> int:
        """Put a mail into a mailbox, as an MTA would; its UID."""
        with self.client(user) as client:
            told = client.append(folder, raw)
        return int(told.split(b"]")[0].split()[-1])

    def mails(self, user: str, folder: str = "INBOX") -> dict[int, bytes]:
        """Every mail of a folder by UID; none if there is no such folder."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return {}
            client.select_folder(folder, readonly=True)
            fetched = client.fetch(client.search(), ["BODY.PEEK[]"])
        return {uid: parts[b"BODY[]"] for uid, parts in fetched.items()}

    def folders(self, user: str) -> list[str]:
        with self.client(user) as client:
            return [name for _flags, _separator, name in client.list_folders()]

    def _prepare(self, config: Path) -> None:
        self.folder.chmod(0o755)
        made = certificates.make(self.folder)
        if self.options.tokens:
            (self.folder / "tokens.conf").write_text(_TOKENS.format(folder=self.folder))
            keys = self.folder / "keys" / "default" / "HS256"
            keys.mkdir(parents=True)
            (keys / "default").write_bytes(base64.b64encode(identity.KEY))
        mail = self.folder / "mail"
        mail.mkdir()
        if os.geteuid() == 0:
            # Root may not be the owner of mail, and login processes want a user without rights.
            users = {"internal": "dovecot", "internal_group": "dovecot", "login": "dovenull"}
            users |= {"mail_user": "nobody", "mail_group": "nogroup"}
            shutil.chown(mail, "nobody", "nogroup")
        else:
            users = dict.fromkeys(("internal", "login", "mail_user"), getpass.getuser())
            users |= dict.fromkeys(("internal_group", "mail_group"), str(os.getegid()))
        all_mail = "mailbox Archive {\n auto = create\n special_use = \\All\n }"
        text = _CONFIG.format(
            folder=self.folder,
            host=self.host,
            port=self.port,
            tls_port=self.tls_port,
            pem=made.good.pem,
            password=self.password,
            prefix=self.options.prefix,
            separator=self.options.separator,
            more_mailboxes=all_mail if self.options.all_mail else "",
            token_mechanisms="xoauth2 oauthbearer" if self.options.tokens else "",
            token_passdb=_TOKEN_PASSDB.format(folder=self.folder) if self.options.tokens else "",
            capability=f"imap_capability = {self.options.capability}" if self.options.capability else "",
            **users,
        )
        config.write_text(text)


def require_installed() -> None:
    """Dovecot 2.3 is here, or the test is skipped: 2.4 reads another language."""
    version = subprocess.run([programs.require("dovecot"), "--version"], capture_output=True, check=True).stdout
    if not version.startswith(b"2.3"):
        programs.missing(f"these tests speak the config of Dovecot 2.3, not of {version.decode().strip()}")
