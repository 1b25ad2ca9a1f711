"""The caps on octets, header fields and parts."""

from __future__ import annotations

from functools import partial
from unittest.mock import patch

from mailticket.mime import auth_results, body, headers, parse, trace
from mailticket.mime.octets import file_names, limits
from mailticket.mime.octets.structure import tree
from tests.edges.edge import Edge, Read, either, padded

_PARTS = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def _nested(depth: int) -> Read:
    heads = (b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth - 1))
    part, defects = tree(b"".join(heads) + b"\r\nKEEP")
    found = 1
    while part.children:
        part, found = part.children[0], found + 1
    return Read(found, defects)


def _parts(number: int) -> Read:
    root, defects = tree(_PARTS + b"--b\r\n\r\nx\r\n" * (number - 1))
    return Read(1 + len(root.children), defects)


def _fields(number: int) -> Read:
    root, defects = tree(b"X: y\r\n" * number + b"\r\nbody")
    assert root.octets == b"body"
    return Read(len(root.items()), defects)


def _fields_of_a_part(number: int) -> Read:
    root, defects = tree(_PARTS + b"--b\r\n" + b"X: y\r\n" * number + b"\r\nbody\r\n--b--\r\n")
    return Read(len(root.children[0].items()), defects)


def _header(size: int) -> Read:
    """The last octets are those of an address."""
    field = padded(size, "Subject: s\r\nX: ", "\r\nTo: carla@customer.example\r\n")
    root, defects = tree(f"{field}\r\nbody".encode())
    assert (root["Subject"], root.octets) == ("s", b"body")
    return either(size, root["To"] == "carla@customer.example", defects)


def _addresses(number: int) -> Read:
    mail = parse.parse(b"To: " + b", ".join(b"a%d@b.example" % n for n in range(number)) + b"\r\n\r\n")
    return Read(len(mail.to), mail.defects)


def _parameters(field: str, number: int) -> Read:
    value = f"{field}: a/b" + "".join(f"; name*{n}=x; filename*{n}=x" for n in range(number // 2))
    root, defects = tree(f"{value}{'; name=y' * (number % 2)}\r\n\r\n".encode())
    return Read(2 * len(root.file_name) + (number % 2 if not defects else 0), defects)


def _text(size: int) -> Read:
    found = body.read(tree(b"\r\n" + b"x" * size)[0])
    return Read(len(found.text), found.defects)


def _depth_of_html(depth: int) -> Read:
    mail = parse.parse(b"Content-Type: text/html\r\n\r\n" + b"<div>" * depth + b"x")
    assert mail.text == "x"
    return either(depth, bool(mail.html), mail.defects)


def _decoded(size: int) -> Read:
    """The real cap is too large to be reached in a test."""
    part = b"--b\r\nContent-Disposition: attachment\r\n\r\n"
    with patch.object(limits, "DECODED", 100):
        found = body.read(tree(_PARTS + part + b"x" * (size - 7) + b"\r\n" + part + b"1234567\r\n--b--\r\n")[0])
    assert len(found.attachments) == 2
    return either(size, found.attachments[1].content == b"1234567", found.defects)


def _ids_of_header(size: int) -> Read:
    line = "\r\nMessage-ID: <one@x>"
    return either(size, headers.ids(padded(size, "Y: ", line).encode()).message_id == "<one@x>")


def _ids_of_body(size: int) -> Read:
    body_text = padded(size, "", "\nMessage-ID: <one@x>")
    return either(size, headers.ids(f"Subject: s\r\n\r\n{body_text}".encode()).mentioned == ("<one@x>",))


def _mentioned(number: int) -> Read:
    lines = "".join(f"Message-ID: <{n}@x>\n" for n in range(number))
    return Read(len(headers.ids(f"Subject: s\n\n{lines}".encode()).mentioned))


def _mentioned_id(size: int) -> Read:
    one = padded(size, "", "@x.example", "a")
    return either(size, headers.ids(f"Subject: s\n\nMessage-ID: <{one}>\n".encode()).mentioned == (f"<{one}>",))


def _id(size: int) -> Read:
    one = padded(size, "", "@x.example", "a")
    view = headers.read(f"References: <{one}> <2@x>\n\n".encode())
    assert view.message_ids("references")[-1] == "<2@x>"
    return either(size, view.message_ids("references")[0] == f"<{one}>")


def _bare_id(size: int) -> Read:
    found = headers.read(f"In-Reply-To: {'a' * size}@x.example\n\n".encode()).message_ids("in-reply-to")
    assert not found or found == (f"<{'a' * size}@x.example>",)
    return either(size, bool(found))


def _loose_address(size: int) -> Read:
    found = headers.read(f"To: (broken <{'a' * size}@x.example\n\n".encode()).addresses("to")
    assert not any(one.address != f"{'a' * size}@x.example" for one in found)
    return either(size, bool(found))


def _status_blocks(number: int) -> Read:
    blocks = "\n".join(f"Final-Recipient: rfc822; a{n}@x.example\n" for n in range(number))
    root, defects = tree(f"Content-Type: message/delivery-status\n\n{blocks}".encode())
    return Read(len(root.get_payload()), defects)


def _file_name(size: int) -> Read:
    name = file_names.cleaned(padded(size, "", ".pdf"))
    assert name.endswith(".pdf")
    return Read(len(name.encode()))


def _hops(number: int) -> Read:
    return Read(len(trace.read(headers.read(b"Received: by x.example\r\n" * number + b"\r\n"))))


def _hop(size: int) -> Read:
    value = padded(size, "from x (x [192.0.2.1]) (", ") by mx.a.example")
    return either(size, trace.read(headers.read(f"Received: {value}\r\n\r\n".encode()))[0].by == "mx.a.example")


def _results(number: int) -> Read:
    view = headers.read(b"Authentication-Results: mx; none\r\n" * number + b"\r\n")
    return Read(len(auth_results.read(view)))


def _result(size: int) -> Read:
    value = padded(size, "mx; dmarc=pass (", ") header.from=a.example")
    [found] = auth_results.read(headers.read(f"Authentication-Results: {value}\r\n\r\n".encode()))
    return either(size, found.dmarc == (("pass", "a.example"),))


def _subject(size: int) -> Read:
    mail = parse.parse(f"Subject: {'x' * size}\r\n\r\nbody".encode())
    return Read(len(mail.subject), mail.defects)


EDGES = (
    Edge("mime.octets.limits.DEPTH", _nested, said="parts nested deeper than 50"),
    Edge("mime.octets.limits.PARTS", _parts, said="more than 1000 parts"),
    Edge("mime.octets.limits.HEADER_LINES", _fields, said="more than 2000 header fields"),
    Edge("mime.octets.limits.HEADER_LINES", _fields_of_a_part, said="more than 2000 header fields"),
    *(
        Edge("mime.octets.limits.HEADER_BYTES", _header, beyond=0, said="more than 262144 octets of header", by=by)
        for by in (3, 10, 25, 27, 30)
    ),
    Edge("mime.octets.limits.ADDRESSES", _addresses, said="more than 1000 addresses in To"),
    *(
        Edge("mime.octets.limits.PARAMETERS", partial(_parameters, field), said=f"more than 200 parameters in {field}")
        for field in ("Content-Type", "Content-Disposition")
    ),
    Edge("mime.octets.limits.TEXT", _text, said="more than 2097152 characters of text"),
    Edge("mime.octets.limits.HTML_DEPTH", _depth_of_html, beyond=0, said="HTML nested deeper than 2000 elements"),
    Edge("mime.octets.limits.DECODED", _decoded, beyond=0, said="the parts decode to more than 100 octets", most=100),
    Edge("mime.octets.limits.HEADER_BYTES", _ids_of_header, beyond=0, by=3),
    Edge("mime.octets.limits.IDS_BYTES", _ids_of_body, beyond=0),
    Edge("mime.octets.structure._MAX_STATUS_BLOCKS", _status_blocks, said="a delivery report of more than 200 groups"),
    Edge("mime.octets.file_names._MOST_BYTES", _file_name),
    Edge("mime.headers._MENTIONED_CAP", _mentioned),
    Edge("mime.headers._MENTIONED", _mentioned_id, beyond=0),
    Edge("mime.headers._ID", _id, beyond=0),
    Edge("mime.headers._BARE_ID", _bare_id, beyond=0),
    Edge("mime.headers._LOOSE_ADDRESS", _loose_address, beyond=0),
    Edge("mime.trace.MOST_HOPS", _hops),
    Edge("mime.trace._LONGEST", _hop, beyond=0),
    Edge("mime.auth_results._MOST_HEADERS", _results),
    Edge("mime.auth_results._LONGEST", _result, beyond=0),
    Edge("mime.parse._LONGEST_HEADER", _subject, said="a subject of more than 2000 characters"),
)
