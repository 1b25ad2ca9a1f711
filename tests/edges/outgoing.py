"""The limits on what we write ourselves, by RFC or for the sake of relays and readers."""

from __future__ import annotations

from mailticket.domain.address import Address
from mailticket.errors import Permanent
from mailticket.mime.compose import FileRef, Skeleton, assemble
from mailticket.mime.outgoing import outgoing_headers, outgoing_text
from tests.edges.edge import Edge, Read, either, padded


def _header_line(size: int) -> Read:
    """A longer one stops the letter: no relay would take it unchanged."""
    skeleton = Skeleton((("X-A", padded(size - len("X-A: "), "", "")),), "Hello", "", (), "boundary1")
    try:
        return either(size, max(map(len, assemble(skeleton, lambda _: b"").split(b"\r\n"))) == size)
    except Permanent:
        return Read(0)


def _attached_line(size: int) -> Read:
    """An attached mail with a longer one goes as a file."""
    file = FileRef("a.eml", "message/rfc822", "0")
    sent = assemble(Skeleton((), "Hello", "", (file,), "boundary1"), lambda _: b"y" * size)
    return either(size, b"Content-Type: message/rfc822;" in sent)


def _folded(size: int) -> Read:
    written = outgoing_headers.fold("X", padded(size - len("X: "), "", " end"))
    assert written.replace("\r\n ", " ").startswith("X: yyy")
    return either(size, written.count("\r\n") == 1)


def _subject(size: int) -> Read:
    """One that is cut ends in an ellipsis."""
    found = outgoing_headers.clean_header("y" * size)
    assert found.endswith("…") is (size > 255)
    return Read(len(found))


def _name(size: int) -> Read:
    written = outgoing_headers.write_address(Address("y" * size, "a@x.example"))
    return either(size, written == f"{'y' * size} <a@x.example>")


def _ids(number: int) -> Read:
    """The root of the conversation and the newest stay."""
    found = outgoing_headers.write_ids([f"<{n}@x>" for n in range(number)]).split()
    assert (found[0], found[-1]) == ("<0@x>", f"<{number - 1}@x>")
    return Read(len(found))


def _octets_of_ids(size: int) -> Read:
    """Five ids and a blank behind each; the second one goes first."""
    ids = [f"<{padded((size - 15) // 5 + (n < size % 5), f'{n}', '')}>" for n in range(5)]
    assert sum(map(len, ids)) + len(ids) == size
    found = outgoing_headers.write_ids(ids).split()
    assert (found[0], found[-1]) == (ids[0], ids[-1])
    return either(size, found == ids)


def _id(size: int) -> Read:
    return either(size, outgoing_headers.write_ids([f"<{'a' * size}>"]) != "")


def _flowed(size: int) -> Read:
    return either(
        size, "\n" not in outgoing_text.flowed(padded(size, "words ", "", "in a line ").rstrip().ljust(size, "y"))
    )


def _plain_line(size: int) -> Read:
    """A longer one is encoded."""
    return either(size, outgoing_text.encoded("y" * size)[0] == "7bit")


EDGES = (
    Edge("mime.outgoing.outgoing_headers.MOST_IN_LINE", _header_line, beyond=0),
    Edge("mime.outgoing.outgoing_headers.MOST_IN_LINE", _attached_line, beyond=0),
    Edge("mime.outgoing.outgoing_headers._WIDTH", _folded, beyond=0),
    Edge("mime.outgoing.outgoing_headers._SUBJECT_LIMIT", _subject),
    Edge("mime.outgoing.outgoing_headers._NAME_LIMIT", _name, beyond=0),
    Edge("mime.outgoing.outgoing_headers._REFERENCES_FIRST", _ids, most=20),
    Edge("mime.outgoing.outgoing_headers._REFERENCES_LAST", _ids, most=20),
    Edge("mime.outgoing.outgoing_headers._REFERENCES_LIMIT", _octets_of_ids, beyond=0),
    Edge("mime.outgoing.outgoing_headers._MESSAGE_ID", _id, beyond=0),
    Edge("mime.outgoing.outgoing_text._WIDTH", _flowed, beyond=0),
    Edge("mime.outgoing.outgoing_text._MOST_IN_LINE", _plain_line, beyond=0),
)
