"""PURE: every kind of trouble that an operator hears of: what it is called, whose fault it is, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_AT_ONCE = timedelta(0)
_SOON = timedelta(minutes=2)
#: What often passes by itself, such as a server that is restarted.
_PATIENTLY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """`whose` and `fix` are sentences for an admin. A trouble that lasts rings once it has lasted for `rings_after`.

    `spoils_relay`: the service's own relay cannot be relied on to carry the alarm.
    """

    title: str
    whose: str
    fix: str
    rings_after: timedelta = _AT_ONCE
    spoils_relay: bool = False


_WAIT = "Nothing, if it passes; mails wait on the server. Else run `mailticket check`."
_ROOM = "Make room on the disk; it goes on by itself."

#: By the first word of an alarm's key; what stands behind the colon is whose trouble it is.
KINDS: dict[str, AlarmKind] = {
    "imap-down": AlarmKind(
        "A mailbox cannot be reached", "The mail server's or the network's.", _WAIT, rings_after=_PATIENTLY
    ),
    "imap-refused": AlarmKind(
        "A mailbox refuses its account",
        "The account's: its password, its rights or the server's certificate.",
        "Run `mailticket check`, mend what it names, then `systemctl reload mailticket`.",
    ),
    "smtp-down": AlarmKind(
        "A mail relay cannot be reached",
        "The relay's or the network's.",
        "Nothing, if it passes; letters wait in the outbox. Else run `mailticket check`.",
        rings_after=_PATIENTLY,
        spoils_relay=True,
    ),
    "smtp-refused": AlarmKind(
        "A mail relay refuses its account",
        "The account's: its password, its sending limit or the server's certificate.",
        "Run `mailticket check` and mend what it names; letters wait in the outbox meanwhile.",
        spoils_relay=True,
    ),
    "secret-expires": AlarmKind(
        "The secret of a mail account ends soon",
        "Nobody's: providers' secrets end.",
        "Make a new one at the provider, put it into client_secret_file, set secret_expires to its last day, and run "
        "`systemctl reload mailticket`.",
    ),
    "foreign-desk": AlarmKind(
        "Another mailticket works on the same mailbox",
        "The set-up's: two desks with different databases watch one mailbox.",
        "Stop one of them. If the other is gone for good, delete its folder from the mailbox.",
    ),
    "lease-lost": AlarmKind(
        "Another daemon has taken over a mailbox",
        "This machine's: it was too slow or cut off from the database for a while.",
        "Look at the load of this machine and at its way to the database.",
    ),
    "database-away": AlarmKind(
        "The database does not answer",
        "The database's or its disk's.",
        "Look at the database server and the disk; work goes on by itself.",
        rings_after=_SOON,
    ),
    "worker-failing": AlarmKind(
        "A part of the daemon fails again and again",
        "Mailticket's own, or the database's.",
        "Read the log; report it with the traceback if nothing there can be mended.",
        rings_after=_SOON,
    ),
    "worker-stuck": AlarmKind(
        "A part of the daemon hangs",
        "Mailticket's own, or a server that neither answers nor hangs up.",
        "Nothing, if systemd watches it: it is started anew. Else restart mailticket.",
    ),
    "web-down": AlarmKind(
        "The web pages are not served", "Mailticket's own.", "Read the log and restart mailticket.", rings_after=_SOON
    ),
    "config-refused": AlarmKind(
        "The changed config was refused, so the old one is in force",
        "The config file's, or that of a file that it names.",
        "Mend what is named, then `systemctl reload mailticket`. A restart would fail as well.",
    ),
    "disk-low": AlarmKind(
        "The disk is nearly full, so no mail is collected", "This machine's.", f"{_ROOM} Mails wait on the server."
    ),
    "backlog": AlarmKind(
        "Too many mails wait for their turn, so only new inquiries are collected",
        "Nobody's, if very much mail came at once; else read the log.",
        "Nothing, if the number falls; it goes on by itself. `mailticket inbox list --state new` shows them.",
        rings_after=_SOON,
    ),
    "shunt-rate": AlarmKind(
        "So many mails break our code that no more are collected for a while",
        "Mailticket's own, most likely a fault in a new version.",
        "See `mailticket inbox list --state shunted`; go back to the version before, then `mailticket inbox retry`.",
    ),
    "shunted": AlarmKind(
        "A mail is set aside",
        "Mailticket's own: the mail broke its code.",
        "See `mailticket inbox list --state shunted`, then `mailticket inbox retry` or `discard`.",
    ),
    "dead-letters": AlarmKind(
        "Letters to CSRs could not be sent",
        "The recipient's address, or the relay's.",
        "See `mailticket outbox list --state failed`, then `mailticket outbox retry` or `cancel`.",
    ),
    "dead-calls": AlarmKind(
        "Webhook calls could not be made",
        "The other side's web server, or the address that the config or a rule names.",
        "See `mailticket webhook list --state failed`, then `mailticket webhook retry` or `cancel`.",
    ),
    "answer-late": AlarmKind(
        "Answers to customers wait in the outbox for over an hour",
        "The relay's, most likely.",
        "See `mailticket outbox list --state queued`: its last column says what the relay says.",
        spoils_relay=True,
    ),
    "inbox-late": AlarmKind(
        "A mail waits in the inbox for over ten minutes",
        "Mailticket's own, or the database's.",
        "See `mailticket inbox list --state new` and the log.",
        rings_after=_SOON,
    ),
    "canary-lost": AlarmKind(
        "The service's mail to itself did not come back",
        "The way of its mail: the relay, a spam filter, or the mailbox.",
        "Look for it in the relay's log and in the mailbox's junk folder; customers' mail may go the same way.",
        spoils_relay=True,
    ),
    "templates": AlarmKind(
        "A letter template of yours fails", "The template's.", "Mend the file; the shipped one is used meanwhile."
    ),
    "rule": AlarmKind(
        "A rule of yours fails",
        "The rule's: its condition or what it wants to do does not fit this case.",
        "Mend the [[trigger]] or [[workflow]] of that name, then `systemctl reload mailticket`; it was skipped.",
    ),
    "late-response": AlarmKind(
        "A customer has had no answer in time",
        "Nobody's in particular: [service.targets] first_response has passed.",
        "See `mailticket case show` with that case ID; assign it to somebody who is there.",
    ),
    "late-resolution": AlarmKind(
        "A case was not resolved in time",
        "Nobody's in particular: [service.targets] resolution has passed.",
        "See `mailticket case show` with that case ID; ask its CSR, or escalate it.",
    ),
    "auto-budget": AlarmKind(
        "The budget for automatic mail is used up",
        "A flood's or a loop's, most likely.",
        "Look at the newest cases. limits.auto_budget sets the budget; everything else goes on.",
    ),
    "notice-budget": AlarmKind(
        "A CSR had too many receipts",
        "A loop's or a forger's, most likely.",
        "Look at what that address writes: `mailticket inbox list`.",
    ),
    "echo-budget": AlarmKind(
        "A CSR's mail program seems to answer our receipts by itself",
        "A vacation rule's or a forwarding's, most likely.",
        "Tell that CSR; `mailticket inbox list` shows what came. They get no more of the same receipts this hour.",
    ),
    "flood": AlarmKind(
        "Somebody writes one new inquiry after the other",
        "The writer's.",
        "Nothing, or `mailticket blacklist add`. limits.flood_exempt excepts an address.",
    ),
}

_UNLISTED = AlarmKind("Something needs you", "See below.", "Read what it says.")


def kind_of(key: str) -> AlarmKind:
    """The kind of an alarm with this key ("shunted:support")."""
    return KINDS.get(key.partition(":")[0], _UNLISTED)
