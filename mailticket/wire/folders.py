"""The folders of an IMAP account: what a folder of ours is called there, made on demand, and its Trash. I/O."""

from __future__ import annotations

from mailticket.wire.imap_session import Declined, Session

#: Where the server tells no namespace, these are tried (Courier keeps everything below INBOX).
_USUAL_NAMESPACES = (("", "/"), ("INBOX.", "."))


class Folders:
    """Looks things up once for each connection. Names are given and returned decoded, never in modified UTF-7."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._namespaces: tuple[tuple[str, str], ...] = ()
        self._made: dict[str, str] = {}
        self._trash: str | None = None

    def forget(self) -> None:
        """Look everything up anew: another connection, or a folder went away."""
        self._namespaces, self._made, self._trash = (), {}, None

    def full_name(self, name: str) -> str:
        """A folder of ours as this server calls it: "Processed" may be "INBOX.Processed" there."""
        return self._candidates(name)[0]

    def ensure(self, name: str) -> str:
        """The full name of a folder that exists now, made if it did not."""
        if name not in self._made:
            self._made[name] = self._found(name) or self._created(name)
        return self._made[name]

    def existing(self, name: str, use: bytes = b"") -> str:
        """A folder with this special use (\\Junk), else the one that we call so, if it is there; else ""."""
        listed = self._session.ask("list the folders", "list_folders") if use else ()
        marked = (full_name for flags, _, full_name in listed if use.lower() in {bytes(one).lower() for one in flags})
        return next(marked, "") or self._found(name)

    def trash_on_the_way(self) -> str:
        """The Trash folder, if nothing is deleted for good on this server but through it; else "".

        So it is with Gmail: \\Deleted and EXPUNGE in a label only archive the mail, which stays in \\All.
        https://support.google.com/mail/answer/77657
        """
        if self._trash is None:
            listed = self._session.ask("list the folders", "list_folders")
            by_use = {bytes(flag).lower(): name for flags, _, name in listed for flag in flags}
            keeps_all = b"\\all" in by_use or "X-GM-EXT-1" in self._session.capabilities
            self._trash = by_use.get(b"\\trash", "") if keeps_all else ""
        return self._trash

    def _candidates(self, name: str) -> list[str]:
        if name.upper() == "INBOX":
            return ["INBOX"]
        return [_placed(name, prefix, separator) for prefix, separator in self._known_namespaces()]

    def _known_namespaces(self) -> tuple[tuple[str, str], ...]:
        if not self._namespaces:
            offered = "NAMESPACE" in self._session.capabilities
            personal = self._session.ask("ask for the namespace", "namespace")[0] if offered else None
            told = [(str(prefix), str(separator or "/")) for prefix, separator in personal or ()]
            self._namespaces = tuple(told[:1]) or _USUAL_NAMESPACES
        return self._namespaces

    def _found(self, name: str) -> str:
        """The first of the possible names that is there, or ""."""
        there = (one for one in self._candidates(name) if self._session.ask("look for a folder", "folder_exists", one))
        return next(there, "")

    def _created(self, name: str) -> str:
        *others, last = self._candidates(name)
        for full_name in others:
            try:
                return self._create(full_name)
            except Declined:
                continue
        return self._create(last)

    def _create(self, full_name: str) -> str:
        self._session.ask(f"make the folder {full_name}", "create_folder", full_name)
        # Many mail programs show subscribed folders only.
        self._session.ask(f"subscribe to {full_name}", "subscribe_folder", full_name)
        return full_name


def _placed(name: str, prefix: str, separator: str) -> str:
    """`name` (levels parted by /) below the prefix of its namespace, with that namespace's separator."""
    full_name = name.replace("/", separator)
    return full_name if full_name.startswith(prefix) else prefix + full_name
