"""Files of a case behind signed links: for downloading only, never shown inside a page. I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from fastapi import Response

from mailticket.config.models import Config
from mailticket.desk.office import Office
from mailticket.domain.address import Address
from mailticket.domain.case import Case, StoredFile, public
from mailticket.errors import Permanent
from mailticket.letters.links import Act
from mailticket.store import cases, entries
from mailticket.store.casework import links
from mailticket.store.files import blobs
from mailticket.tokens import BadLink, LinkClaim, open_link
from mailticket.web.pages import told

#: What a browser may be told. None of them can run anything; all others are unnamed bytes.
SAFE_TYPES = frozenset(
    {
        "application/gzip",
        "application/msword",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/mpeg",
        "audio/wav",
        "image/bmp",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "message/rfc822",
        "text/calendar",
        "text/csv",
        "text/plain",
        "video/mp4",
        "video/quicktime",
    }
)
_UNNAMED = "application/octet-stream"
_ASK_AGAIN = "Ask for the file by replying to the mail."


class Files:
    def __init__(self, office: Callable[[], Office]) -> None:
        self._office = office

    def fetch(self, token: str) -> Response:
        """The file as a download: 403 for a link that is not ours, 410 for one that has expired or lost its file."""
        office = self._office()
        try:
            claim = open_link(office.keys, token)
        except BadLink:
            return _told(403, "This link is not ours", "It was changed on its way, or somebody else made it.")
        if claim.act != Act.FILE:
            return _told(403, "This link is for something else", "It opens no file.")
        if office.clock() >= claim.expires_at:
            return _told(410, "This link has expired", "Links to files work for two weeks.")
        with office.connected():
            if claim.csr and (revoked := links.revoked(claim.letter)):
                return _told(410, "This link was revoked", f"The links of that mail are dead: {revoked}.")
            file = _file(office.config, claim)
            try:
                return _download(file, blobs.get(file.sha256)) if file else _gone()
            except Permanent:
                return _gone()


def _file(config: Config, claim: LinkClaim) -> StoredFile | None:
    """The file, if the case still has it and whom the link was made for may still see it."""
    sha256, _, name = claim.argument.partition("/")
    case = cases.standing([claim.case]).get(claim.case)
    if case is None:
        return None
    return next(
        (one for one in _seen(config, case, claim) if one.sha256 == sha256 and " ".join(one.name.split()) == name),
        None,
    )


def _seen(config: Config, case: Case, claim: LinkClaim) -> Iterator[StoredFile]:
    """All files for a CSR; for an outside person those of the entries that they may see at this moment."""
    if claim.csr and config.csr_at(claim.csr) is None:
        return
    viewer = None if claim.csr else case.participant(Address("", claim.letter))
    for entry in entries.entries(case.key):
        if claim.csr:
            yield from entry.words.files
        elif viewer and (shown := public(entry, viewer, "")):
            yield from shown.files


def _download(file: StoredFile, content: bytes) -> Response:
    kind = file.type.lower() if file.type.lower() in SAFE_TYPES else _UNNAMED
    answer = Response(content, headers={"Content-Disposition": _disposition(file.name)})
    # Not by media_type: Starlette adds a charset to text that the file may not have.
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return answer


def _disposition(name: str) -> str:
    """RFC 6266: a plain name for old programs, the real one beside it."""
    one_line = " ".join(name.split()) or "file"
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\/%;' else "_" for one in one_line)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(one_line, safe='')}"


def _gone() -> Response:
    return _told(410, "This file is gone", "The case has it no more, or it is not for you any more.")


def _told(status: int, title: str, what: str) -> Response:
    return told(status, title, what, _ASK_AGAIN)
