"""The caps on what is read of delivery reports and of mails that programs wrote."""

from __future__ import annotations

import email
import json
from collections.abc import Sequence
from email.message import Message
from typing import Any
from unittest.mock import patch

from mailticket.domain.mail import Mark
from mailticket.mime import bounce, headers, markers
from mailticket.mime.octets.structure import tree
from mailticket.mime.reports import amazon, bounce_text, delivery_report
from tests.edges.edge import Edge, Read, either, padded

_CARLA = "carla@customer.example"
_FAILED = f"Final-Recipient: rfc822; {_CARLA}\nAction: failed\n"


def _addresses(text: str) -> Sequence[str]:
    return [one.address for one in bounce_text.recipients(text, (), strict=False)]


def _words(size: int) -> Read:
    return either(size, _addresses(padded(size, "", f"\n{_CARLA}", "some words\n")) == [_CARLA])


def _words_of_line(size: int) -> Read:
    return either(size, _addresses(padded(size, "", f" {_CARLA}", "some words ")) == [_CARLA])


def _lines_of_reason(lines: int) -> Read:
    [found] = bounce_text.recipients("\n".join((_CARLA, *["word"] * (lines - 1))), (), strict=False)
    return Read(1 + found.reason.count("word"))


def _recipients(number: int) -> Read:
    return Read(len(_addresses("\n".join(f"a{n}@x.example" for n in range(number)))))


def _opening(size: int) -> Read:
    return either(size, bounce_text.opens_as_report(padded(size, "", " delivery of your mail to", "word ")))


def _reason(size: int) -> Read:
    [found] = bounce_text.recipients(padded(size, f"{_CARLA} ", ""), (), strict=False)
    return Read(len(found.reason))


def _subject_of_bounce(size: int) -> Read:
    raw = (
        f"From: x@mx.example\nAuto-Submitted: auto-replied\nSubject: {padded(size, '', ' user unknown')}\n\n{_CARLA}\n"
    )
    return either(size, bounce.read(email.message_from_string(raw), headers.read(raw.encode()), _CARLA) is not None)


def _parts(number: int) -> Read:
    """The root counts, the report is the last."""
    parts = "--b\n\nx\n" * (number - 2) + f"--b\nContent-Type: message/delivery-status\n\n{_FAILED}\n"
    raw = f"Content-Type: multipart/mixed; boundary=b\n\n{parts}"
    return either(number, bool(delivery_report.recipients(tree(raw.encode())[0])))


def _blocks(number: int) -> Read:
    text = "\n".join(f"Final-Recipient: rfc822; a{n}@x.example\nAction: failed\n" for n in range(number))
    return Read(len(delivery_report.recipients_in_text(text)))


def _octets(size: int) -> Read:
    """The address is the last line; one that is cut is left out."""
    text = padded(size, f"{_FAILED}\nAction: failed\nX: ", "\nFinal-Recipient: rfc822; dirk@other.example")
    found = [one.address for one in delivery_report.recipients_in_text(text)]
    assert found in ([_CARLA], [_CARLA, "dirk@other.example"])
    return either(size, len(found) == 2)


def _diagnosis(size: int) -> Read:
    [found] = delivery_report.recipients_in_text(f"{_FAILED}Diagnostic-Code: smtp; {'y' * size}\n")
    return Read(len(found.reason))


class _Detector:
    def process(self, message: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
        return frozenset(), frozenset({_CARLA.encode()})


def _lines_for_flufl(lines: int) -> Read:
    raw = "From: mailer-daemon@x.example\n\n" + "\n" * lines
    with patch.object(bounce, "DETECTORS", (_Detector,)):
        found = bounce.read(email.message_from_string(raw), headers.read(raw.encode()), "unknown user")
    return either(lines, found is not None)


def _returned_headers(size: int) -> Read:
    returned = padded(size, "Subject: x\nX: ", "\nMessage-ID: <letter.1@x>")
    raw = (
        f"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n{_FAILED}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{returned}"
    )
    return _told(size, raw, "")


def _returned_text(size: int) -> Read:
    raw = f"Content-Type: message/delivery-status\n\n{_FAILED}\n"
    return _told(size, raw, padded(size, "Subject: x\nX: ", "\nMessage-ID: <letter.1@x>"))


def _told(size: int, raw: str, text: str, wanted: str = "<letter.1@x>") -> Read:
    found = bounce.read(tree(raw.encode())[0], headers.read(raw.encode()), text)
    assert found is not None and [one.address for one in found.recipients] == [_CARLA]
    assert found.original_message_id in ("", wanted)
    return either(size, found.original_message_id == wanted)


def _returned_id(size: int) -> Read:
    wanted = f"<{padded(size, '', '@x', 'a')}>"
    return _told(size, f"Content-Type: message/delivery-status\n\n{_FAILED}\n", f"Message-ID: {wanted}\n", wanted)


def _returned_to(size: int) -> Read:
    text = f"Sorry.\nIt failed.\n--- Original message ---\nTo: {padded(size, '', f' {_CARLA}')}\n"
    return either(size, _addresses(text) == [_CARLA])


def _event(**more: Any) -> str:
    gone = {"emailAddress": _CARLA, "diagnosticCode": "smtp; " + more.pop("reason", "")}
    headers_of_mail = [{"name": "Message-ID", "value": more.pop("id", "<letter.1@x>")}]
    return json.dumps(
        {"notificationType": "Bounce", "bounce": {"bouncedRecipients": [gone]}, "mail": {"headers": headers_of_mail}}
    )


def _of_amazon(size: int) -> Read:
    return either(size, amazon.read(padded(size, _event(), "")) is not None)


def _reason_of_amazon(size: int) -> Read:
    found = amazon.read(_event(reason="y" * size))
    assert found is not None
    return Read(len(found.recipients[0].reason))


def _id_of_amazon(size: int) -> Read:
    found = amazon.read(_event(id=f"<{'a' * size}>"))
    assert found is not None and found.recipients
    return either(size, found.message_id == f"<{'a' * size}>")


def _is_away(subject: str, text: str) -> bool:
    found = markers.read(headers.read(f"Subject: {subject}\n\n".encode()), text)
    assert Mark.AUTO_REPLY in [one.mark for one in found]
    return Mark.OUT_OF_OFFICE in [one.mark for one in found]


def _absence(size: int) -> Read:
    return either(size, _is_away("Automatic reply: x", padded(size, "", " out of the office")))


def _absence_in_subject(size: int) -> Read:
    return either(size, _is_away(padded(size, "Automatic reply: ", " out of the office"), ""))


def _servers(number: int) -> Read:
    """A mail over more servers goes round, and is marked."""
    return either(number, markers.read(headers.read(b"Received: by x.example\n" * number + b"\n"), "") == ())


def _reason_of_subject(size: int) -> Read:
    [found] = markers.read(headers.read(f"Subject: {padded(size, 'Automatic reply: ', '')}\n\n".encode()), "")
    return Read(len(found.reason.removeprefix("Subject: ")))


def _reason_of_value(size: int) -> Read:
    [found] = markers.read(headers.read(f"X-Autoreply: {'y' * size}\n\n".encode()), "")
    return Read(len(found.reason.removeprefix("X-Autoreply: ")))


EDGES = (
    Edge("mime.reports.bounce_text._CAP", _words, beyond=0),
    Edge("mime.reports.bounce_text._LINE_CAP", _words_of_line, beyond=0),
    Edge("mime.reports.bounce_text._LINES_OF_REASON", _lines_of_reason),
    Edge("mime.reports.bounce_text._RECIPIENTS", _recipients),
    Edge("mime.reports.bounce_text._FIRST_WORDS", _opening, beyond=0),
    Edge("mime.reports.bounce_text._REASON_CAP", _reason),
    Edge("mime.reports.bounce_text._RETURNED_TO", _returned_to, beyond=0),
    Edge("mime.reports.delivery_report._PARTS", _parts, beyond=0),
    Edge("mime.reports.delivery_report._BLOCKS", _blocks),
    Edge("mime.reports.delivery_report._BYTES", _octets, beyond=0),
    Edge("mime.reports.delivery_report._REASON_CAP", _diagnosis),
    Edge("mime.reports.amazon._CAP", _of_amazon, beyond=0),
    Edge("mime.reports.amazon._REASON_CAP", _reason_of_amazon),
    Edge("mime.reports.amazon._MESSAGE_ID", _id_of_amazon, beyond=0),
    Edge("mime.bounce._FLUFL_LINES", _lines_for_flufl, beyond=0),
    Edge("mime.bounce._MENTIONED_CAP", _returned_headers, beyond=0),
    Edge("mime.bounce._MENTIONED_CAP", _returned_text, beyond=0),
    Edge("mime.bounce._MESSAGE_ID", _returned_id, beyond=0),
    Edge("mime.bounce._SUBJECT_CAP", _subject_of_bounce, beyond=0),
    Edge("mime.markers._TEXT_CAP", _absence, beyond=0),
    Edge("mime.markers._SUBJECT_CAP", _absence_in_subject, beyond=0),
    Edge("mime.markers._MOST_HOPS", _servers, beyond=0),
    Edge("mime.markers._SUBJECT_SHOWN", _reason_of_subject),
    Edge("mime.markers._VALUE_SHOWN", _reason_of_value),
)
