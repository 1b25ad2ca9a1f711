"""What Amazon SES tells by SNS about our mails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mailticket.domain.mail import Bounce, FailedRecipient, InboundMail, Mark
from mailticket.mime import parse
from mailticket.mime.reports import amazon

_MAIL = {"messageId": "0101-x", "headers": [{"name": "Message-ID", "value": "<letter.1@example.com>"}]}
_GONE = {"emailAddress": "carla@customer.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 unknown"}


def bounced(kind: str = "Permanent", **more: Any) -> dict[str, Any]:
    return {
        "notificationType": "Bounce",
        "bounce": {"bounceType": kind, "bouncedRecipients": [_GONE]},
        "mail": _MAIL,
        **more,
    }


def read(event: dict[str, Any] | str, *, in_envelope: bool = True) -> InboundMail:
    text = event if isinstance(event, str) else json.dumps(event)
    body = json.dumps({"Type": "Notification", "Message": text}, indent=2) if in_envelope else text
    head = "From: Desk <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
    return parse.parse(f"{head}{body}\n\n--\nTo unsubscribe visit https://sns.example/".encode())


@pytest.mark.parametrize("in_envelope", [True, False])
@pytest.mark.parametrize("kind", ["Permanent", "Transient"])
def test_a_bounce_is_read(kind: str, in_envelope: bool) -> None:
    failed = FailedRecipient("carla@customer.example", kind == "Permanent", "5.1.1", "550 5.1.1 unknown")
    found = read(bounced(kind), in_envelope=in_envelope)
    assert found.bounce == Bounce((failed,), "<letter.1@example.com>") and Mark.BOUNCE in found.marks


def test_a_line_that_a_server_has_cut_is_joined() -> None:
    found = read(json.dumps(bounced()).replace("customer.example", "customer.ex!\n ample"))
    assert found.bounce is not None and found.bounce.recipients[0].address == "carla@customer.example"


def test_a_complaint_is_marked_and_no_bounce() -> None:
    found = read({"notificationType": "Complaint", "complaint": {}, "mail": _MAIL})
    assert Mark.FEEDBACK in found.marks and found.bounce is None


def test_news_of_a_delivery_is_no_bounce() -> None:
    assert read({"notificationType": "Delivery", "delivery": {}, "mail": _MAIL}).bounce is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '{"a": ' * 100_000, '{"notificationType": "Bounce", "bounce": [], "mail": 7}', "{" + " " * 300_000,
     '{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [7, {"emailAddress": "x"}]}}'],
)  # fmt: skip
def test_nothing_is_made_of_what_is_broken(text: str) -> None:
    notice = amazon.read(text)
    assert notice is None or (notice.recipients, notice.message_id) == ((), "")
