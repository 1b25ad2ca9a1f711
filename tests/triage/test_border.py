"""Where a result stands decides who wrote it: header blocks of real servers in their order, and what forgers add."""

from __future__ import annotations

import pytest

from mailticket.mime.parse import parse
from mailticket.triage.writer.proof import by_testimony, of_csr
from tests import cast
from tests.builders import KEYS, NOW, known
from tests.cast import ANN

FORGED_HOP = "Received: from ann.example.com (ann.example.com [192.0.2.9]) by mx.example.com (Postfix) with ESMTP id F"


def passed(server: str) -> str:
    return f"Authentication-Results: {server}; dmarc=pass (p=reject) header.from=example.com"


def postfix(
    client: str = "out.elsewhere.example [192.0.2.1]", protocol: str = "ESMTPS", host: str = "mx.example.com"
) -> str:
    return (
        f"Received: from mail ({client})\n by {host} (Postfix) with {protocol} id 4ABC; Wed, 15 Jul 2026 09:00:00 +0000"
    )


LMTP = "Received: from mx.example.com\n by imap.example.com with LMTP id x; Wed, 15 Jul 2026 09:00:01 +0000"
GMAIL_INSIDE = "Received: by 2002:a05:6402:1234:b0:4fa:1 with SMTP id x; Wed, 15 Jul 2026 02:00:00 -0700 (PDT)"
GMAIL = (
    "Received: from out.elsewhere.example (out.elsewhere.example. [192.0.2.1])\n by mx.google.com with ESMTPS id x"
    " for <support@example.com>; Wed, 15 Jul 2026 02:00:00 -0700 (PDT)"
)
EXCHANGE_INSIDE = (
    "Received: from AM0PR.eurprd01.prod.outlook.com (2603:10a6::1)\n by AM7PR.eurprd01.prod.outlook.com"
    " (2603:10a6::2) with Microsoft SMTP Server id 15.20; Wed, 15 Jul 2026 09:00:00 +0000"
)
EXCHANGE_DOOR = (
    "Received: from out.elsewhere.example (192.0.2.1)\n by AM7EUR.mail.protection.outlook.com (10.1.1.1)"
    " with Microsoft SMTP Server id 15.20; Wed, 15 Jul 2026 09:00:00 +0000"
)
EXCHANGE_SAYS = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=example.com; dmarc=pass action=none\n"
    " header.from=example.com;compauth=pass reason=100"
)
INTERNAL = "X-MS-Exchange-Organization-AuthAs: Internal"
STALWART = (
    "Received: from mail (out.elsewhere.example [192.0.2.1])\n (using TLSv1.3 with cipher TLS13_AES_256_GCM_SHA384)"
    "\n by mx.example.com (Stalwart SMTP) with ESMTPS id X; Wed, 15 Jul 2026 09:00:00 +0000"
)
OURS, GOOGLE, EXCHANGE = "mx.example.com", "mx.google.com", "exchange"

#: (the configured id, the header block from the top) of what honest servers write.
GENUINE = {
    "above the Received header (RFC 8601, OpenDMARC)": (OURS, (passed(OURS), postfix())),
    "right below it (rspamd, older OpenDMARC)": (OURS, (postfix(), passed(OURS))),
    "right below it, with SPF between": (OURS, (postfix(), "Received-SPF: pass", passed(OURS))),
    "below it, then delivered by LMTP": (OURS, (LMTP, postfix(), passed(OURS), FORGED_HOP)),
    "below it, then through a content filter": (
        OURS,
        (postfix("localhost [127.0.0.1]", "ESMTP"), postfix("localhost [127.0.0.1]", "ESMTP"), postfix(), passed(OURS)),
    ),
    "a first server, then the one with the mailbox": (
        OURS,
        (postfix("mx.example.com [198.51.100.1]", host="imap.example.com"), passed(OURS), postfix()),
    ),
    "Gmail": (GOOGLE, (GMAIL_INSIDE, "X-Received: by 2002:a05", GMAIL, "Received-SPF: pass", passed(GOOGLE))),
    "Exchange Online": (
        EXCHANGE, (EXCHANGE_INSIDE, EXCHANGE_INSIDE, EXCHANGE_SAYS, EXCHANGE_DOOR, INTERNAL)
    ),
    "Exchange Online, never outside": (EXCHANGE, (EXCHANGE_INSIDE, EXCHANGE_SAYS, EXCHANGE_INSIDE, INTERNAL)),
    "Stalwart": (OURS, (passed(OURS), STALWART)),
    "a name that is no host's": ("corp-filter", (postfix(), passed("corp-filter"))),
    "a host of the domain that the result names": ("example.com", (postfix(), passed("example.com"))),
    "handed over without SMTP": (OURS, (passed(OURS),)),
}  # fmt: skip

#: The same where our own server wrote no result and the sender brought one along.
FORGED = {
    "below a hop that was brought along too": (OURS, (postfix(), FORGED_HOP, passed(OURS))),
    "below many of them": (OURS, (postfix(), *[FORGED_HOP] * 60, passed(OURS))),
    "after delivery by LMTP": (OURS, (LMTP, postfix(), FORGED_HOP, passed(OURS))),
    "by a client that calls itself ours": (OURS, (postfix("unknown [192.0.2.1]"), FORGED_HOP, passed(OURS))),
    "another server's name, right below ours": (GOOGLE, (postfix(), passed(GOOGLE))),
    "by somebody who signed in, whose mail nobody checks": (OURS, (postfix(protocol="ESMTPSA"), passed(OURS))),
    "Gmail, below a hop that was brought along": (GOOGLE, (GMAIL_INSIDE, GMAIL, FORGED_HOP, passed(GOOGLE))),
    "Exchange Online, below its front door": (EXCHANGE, (EXCHANGE_INSIDE, EXCHANGE_DOOR, EXCHANGE_SAYS, INTERNAL)),
    "Exchange Online, below a hop that was brought along": (
        EXCHANGE, (EXCHANGE_DOOR, EXCHANGE_INSIDE, EXCHANGE_SAYS, INTERNAL)
    ),
    "Stalwart": (OURS, (STALWART, FORGED_HOP, passed(OURS))),
}  # fmt: skip


def judged(configured: str, block: tuple[str, ...]) -> tuple[str, str]:
    """Why the mail proves Ann, and what is said of it."""
    desk = cast.service(authserv_ids=(configured,))
    head = "\n".join((*block, "From: Ann <ann@example.com>", "To: support@example.com", "Subject: x"))
    mail = parse(f"{head}\n\nHello\n".encode())
    return by_testimony(mail, desk), of_csr(mail, ANN, desk, known(), KEYS, NOW).reason


@pytest.mark.parametrize("form", GENUINE)
def test_what_our_server_wrote_is_believed_wherever_it_writes_it(form: str) -> None:
    assert judged(*GENUINE[form])[0].startswith("DMARC passed for example.com")


@pytest.mark.parametrize("form", FORGED)
def test_what_stands_below_the_border_is_not_believed_and_the_reason_says_so(form: str) -> None:
    proof, told = judged(*FORGED[form])
    assert proof == ""
    assert "stands below where our mail server took it" in told


def test_a_forged_result_below_our_own_never_counts() -> None:
    failed = f"Authentication-Results: {OURS}; dmarc=fail header.from=example.com"
    assert judged(OURS, (failed, postfix(), passed(OURS)))[0] == ""
    assert judged(OURS, (postfix(), failed, passed(OURS)))[0] == ""
