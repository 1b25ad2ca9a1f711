"""What an SMTP server's refusal means: the mail's fault or the account's, for now or for good. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from mailticket.errors import AccountTrouble, MailticketError, Permanent, Temporary

Phase = Literal["connect", "helo", "tls", "auth", "mail", "rcpt", "data", "final_dot"]

#: Phases that are the same for every mail of an account.
_BEFORE_ANY_MAIL: tuple[Phase, ...] = ("connect", "helo", "tls", "auth")
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, printable, its lines joined by "\\n". `status` is the enhanced code (RFC 3463) or ""."""

    code: int
    text: str

    @property
    def status(self) -> str:
        match = _ENHANCED.match(self.text)
        return match[1] if match else ""

    def __str__(self) -> str:
        return " ".join(f"{self.code} {self.text}".split())


class RelayError(MailticketError):
    """A mail did not go out. `phase`: how far it came; `reply`: the server's words, None if it said nothing."""

    ambiguous = False

    def __init__(self, what: str, fix: str, phase: Phase, reply: Reply | None = None) -> None:
        super().__init__(what, fix)
        self.phase: Phase = phase
        self.reply = reply

    @property
    def status(self) -> str:
        return self.reply.status if self.reply else ""


class Deferred(RelayError, Temporary):
    """Not now: try the same mail again later."""


class Ambiguous(Deferred):
    """The line broke after the final dot: nobody knows whether the server took the mail (RFC 1047)."""

    ambiguous = True


class Rejected(RelayError, Permanent):
    """This mail will never be taken."""


class AccountRefused(RelayError, AccountTrouble):
    """The account or the set-up is refused; every other mail would be, too."""


class Verdict(Enum):
    """Whose fault a refusal is, and for how long; each is told by an error of its own."""

    LATER = "later"
    NEVER = "never"
    ACCOUNT = "account"


ERRORS: dict[Verdict, type[RelayError]] = {
    Verdict.LATER: Deferred,
    Verdict.NEVER: Rejected,
    Verdict.ACCOUNT: AccountRefused,
}


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds if phase, code (regex), status (regex) and words (regex, any case) all fit. Empty fits everything."""

    verdict: Verdict
    fix: str
    phases: tuple[Phase, ...] = ()
    code: str = ""
    status: str = ""
    words: str = ""

    def holds(self, phase: Phase, reply: Reply) -> bool:
        return (
            (not self.phases or phase in self.phases)
            and bool(re.fullmatch(self.code or r"\d+", str(reply.code)))
            and bool(not self.status or re.fullmatch(self.status, reply.status))
            and bool(not self.words or re.search(self.words, reply.text, re.IGNORECASE))
        )


_SIGN_IN = "Check username and password of [service.smtp]; some providers want an app password or OAuth."
_LIMIT = "The account's sending limit is reached: wait, set a lower rate, or ask the provider for more."
_BLOCKED = "The provider has blocked this account from sending: ask its administrator."
_SENDER = "Let the provider allow this account to send as the service's address."
_RELAYING = "The server relays for nobody without a login: set username and password, or allow this machine."
_WAIT = "It is tried again."
_MAIL = "The mail is not tried again."

#: Read from above, the first that holds decides. Microsoft: "Non-delivery reports in Exchange Online" on
#: learn.microsoft.com; Google: "Gmail SMTP errors and codes", support.google.com/a/answer/3726730.
RULES: tuple[Rule, ...] = (
    Rule(Verdict.ACCOUNT, "Get a certificate or a port that works with STARTTLS.", phases=("tls",)),
    # RFC 4954 section 6: 432 and 534 want another mechanism, 454 failed for now, 538 wants TLS first.
    Rule(Verdict.ACCOUNT, _SIGN_IN, code="432|530|534|535|538"),
    Rule(Verdict.ACCOUNT, _SIGN_IN, phases=("auth",)),
    # Microsoft: 5.7.3 and 5.7.57 not signed in, 5.7.30 passwords no longer taken, 5.7.139 login refused.
    Rule(Verdict.ACCOUNT, _SIGN_IN, status=r"5\.7\.(?:3|8|9|14|30|57|139)"),
    Rule(Verdict.ACCOUNT, _SENDER, status=r"5\.7\.60|5\.2\.252"),
    Rule(Verdict.ACCOUNT, _SENDER, words=r"SendAsDenied|not owned by user"),
    # Microsoft: daily recipients 5.1.90, tenant's rate 5.7.232 and .233; Google: daily limit 5.4.5.
    Rule(Verdict.ACCOUNT, _LIMIT, status=r"5\.1\.90|5\.4\.5|5\.7\.23[23]"),
    Rule(Verdict.ACCOUNT, _BLOCKED, status=r"5\.1\.8|5\.7\.(?:50[1-3]|70[58]|750)"),
    Rule(Verdict.ACCOUNT, _LIMIT, status=r"4\.3\.2"),
    Rule(Verdict.ACCOUNT, _LIMIT, status=r"4\.7\.\d+", phases=(*_BEFORE_ANY_MAIL, "mail")),
    Rule(
        Verdict.ACCOUNT,
        _LIMIT,
        words=r"\b(?:sending|relay|rate|hourly|daily|submission)\b.{0,20}\b(?:limit|quota)|throttl"
        r"|too many (?:messages|mails|e-?mails|connections|logins)|exceeded.{0,30}\brate\b",
    ),
    Rule(
        Verdict.ACCOUNT, _RELAYING, phases=("mail", "rcpt"), words=r"relay(?:ing)? (?:access )?(?:denied|not permitted)"
    ),
    # RFC 3463: x.2.2 is the recipient's full mailbox, 4.5.3 too many recipients; a bare 452 is the server's disk.
    Rule(Verdict.LATER, _WAIT, code="452", status=r"4\.2\.\d+|4\.5\.3"),
    Rule(Verdict.ACCOUNT, "The server has no room: wait, or tell its administrator.", code="452"),
    Rule(Verdict.ACCOUNT, "Check [service.smtp] and the server.", phases=_BEFORE_ANY_MAIL, code=r"5\d\d"),
    Rule(Verdict.LATER, _WAIT, code=r"4\d\d"),
    Rule(Verdict.NEVER, _MAIL, code=r"5\d\d"),
    # An answer that does not belong here.
    Rule(Verdict.LATER, _WAIT),
)


def judge(phase: Phase, reply: Reply) -> Rule:
    """The rule that says what to do about this reply."""
    return next(rule for rule in RULES if rule.holds(phase, reply))
