"""Who vouches for a sender, and who is not believed: headers as servers write them, judged."""

from __future__ import annotations

import pytest

from mailticket.domain.address import Address
from mailticket.domain.mail import AuthResult
from mailticket.triage.writer.alignment import is_aligned
from mailticket.triage.writer.proof import believed, passes
from tests.builders import mail
from tests.cast import service
from tests.mime.test_auth_results import EXCHANGE, results

OURS = ("mx.corp.example",)
JANE = Address("Jane", "jane@corp.example")
GENUINE = b"mx.corp.example; dmarc=pass header.from=corp.example"


def proof(*headers: bytes, ids: tuple[str, ...] = OURS, author: Address = JANE) -> str:
    result = believed(mail(auth=results(*headers)), service(authserv_ids=ids))
    return passes(result, author) if result else ""


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((GENUINE,), "DMARC passed for corp.example, says mx.corp.example"),
        ((b"Received: x", GENUINE, b"Received: y"), "DMARC passed for corp.example, says mx.corp.example"),
        (
            (GENUINE, b"other.example; dmarc=fail header.from=corp.example"),
            "DMARC passed for corp.example, says mx.corp.example",
        ),
        (
            (b"mx.corp.example; dkim=pass header.d=corp.example",),
            "DKIM passed for corp.example, says mx.corp.example",
        ),
        (
            (b"mx.corp.example; spf=pass smtp.mailfrom=b@mail.corp.example",),
            "SPF passed for mail.corp.example, says mx.corp.example",
        ),
    ],
)
def test_a_genuine_sender_is_proven_with_the_reason(headers: tuple[bytes, ...], reason: str) -> None:
    assert proof(*headers) == reason


def test_exchange_is_believed_only_if_it_is_configured() -> None:
    assert proof(EXCHANGE, ids=("exchange",)) == "DMARC passed for corp.example, says exchange"
    assert proof(EXCHANGE) == ""


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (b"evil.example; dmarc=pass header.from=corp.example",),
        (b"mx.corp.example; none", GENUINE),  # ours is the topmost; the second was brought along
        (b"mx.corp.example.evil.example; dmarc=pass header.from=corp.example",),
        (b"mx.corp.example; dmarc=fail header.from=corp.example",),
        (b"mx.corp.example; dmarc=temperror header.from=corp.example; spf=pass smtp.mailfrom=corp.example",),
        (b"mx.corp.example; dmarc=none header.from=corp.example; spf=pass smtp.mailfrom=evil.example",),
        (b"mx.corp.example; dmarc=pass header.from=evil.example",),
        (b"mx.corp.example; dmarc=pass header.from=corp.example; dmarc=fail header.from=corp.example",),
        (b"mx.corp.example; dmarc=pass header.from=corp.example header.from=evil.example",),
        (b"mx.corp.example; dmarc=pass",),
        (b"mx.corp.example; dmarc=pass(",),
        (b"mx.corp.example; dmarc=fail (dmarc=pass header.from=corp.example) header.from=corp.example",),
        (b"mx.corp.example; dmarc=passed header.from=corp.example",),
        (b"mx.corp.example; x-dmarc=pass header.from=corp.example",),
        (b"mx.corp.example; dkim=pass header.d=evil.example",),
        (b"mx.corp.example; dkim=pass header.d=othercorp.example",),
        (b"mx.corp.example; dkim=pass header.d=example",),
        (b"mx.corp.example; dkim=fail header.d=corp.example",),
        (b"mx.corp.example; spf=softfail smtp.mailfrom=corp.example",),
        (b'mx.corp.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=corp.example"@evil.example',),
        (b"mx.corp.example; spf=pass smtp.mailfrom==?utf-8?q?x=3B_dmarc=3Dpass_header=2Efrom=3Dcorp=2Eexample?=@e.x",),
        (b"mx.corp.example; spf=pass smtp.mailfrom=jane@corp.example@evil.example",),
        (b"=?utf-8?q?mx=2Ecorp=2Eexample=3B?= dmarc=pass header.from=corp.example",),
    ],
)
def test_no_forged_or_failing_header_proves_anything(headers: tuple[bytes, ...]) -> None:
    assert proof(*headers) == ""


@pytest.mark.parametrize(
    ("of", "author", "expected"),
    [
        ("example.com", "example.com", True),
        ("mail.example.com", "example.com", True),
        ("example.com", "mail.example.com", True),
        ("a.example.com", "b.example.com", False),
        ("co.uk", "shop.co.uk", False),
        ("com", "example.com", False),
        ("shop.co.uk", "mail.shop.co.uk", True),
        ("notexample.com", "example.com", False),
        ("xn--bcher-kva.example", "bücher.example", True),
        ("", "example.com", False),
    ],
)
def test_alignment_stays_within_one_organisation(of: str, author: str, expected: bool) -> None:
    assert is_aligned(of, Address("", f"a@{author}").domain) is expected


def test_an_author_without_a_domain_is_never_proven() -> None:
    assert passes(AuthResult("mx", 0, dmarc=(("pass", ""),), dkim=(("pass", ""),)), Address("", "jane")) == ""
