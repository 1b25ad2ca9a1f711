"""Octets in, an InboundMail out, invariants hold: a target for atheris (github.com/google/atheris).

Not part of the test run. From the top of the repository, for ten minutes, with real mails as seeds:

    .venv/bin/python -m pip install atheris
    mkdir -p /tmp/mail-fuzz && cp ../shared/corpus/*/*.eml /tmp/mail-fuzz
    .venv/bin/python -m tests.fuzz.fuzz_parse -max_total_time=600 -timeout=5 -rss_limit_mb=1024 /tmp/mail-fuzz

A crash or a slow input is left in the current folder; put it into tests/mime as a mail with its expectation.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["mailticket.mime", "mailparser"]):
    from mailticket.domain.mail import ParentLetter
    from mailticket.mime import headers, parse

from tests.mime import invariants

_PARENT = ParentLetter("<mt.c.1@example.com>", "Hello,\nwe have received your message and will answer soon.\n", ())


def read_one(raw: bytes) -> None:
    """Read as the daemon does: the ids first, then the mail, once as a stranger's and once as a CSR's answer."""
    ids = headers.ids(raw)
    stranger = parse.parse(raw)
    assert invariants.broken_by(stranger) == []
    assert invariants.broken_by(parse.parse(raw, [_PARENT], from_csr=True)) == []
    assert ids.message_id == stranger.message_id or len(raw) > 64 * 1024


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
