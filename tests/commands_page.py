"""docs/commands.md, made from the table of commands: `python -m tests.commands_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from mailticket.triage.commands.command import COMMANDS

PAGE = Path(__file__).parent.parent / "docs" / "commands.md"

_TOP = """# Commands

<!-- Made from the table in mailticket/triage/commands/command.py: python -m tests.commands_page -->

A CSR writes commands at the very top of a mail, one a line, before any text: in a reply to a mail about the case, or in
a new mail with the case ID in its subject. `#4711` and a `#close` further down are text; so is every command of a
customer. Several at once (a hundred at most) are done whole or not at all: one that is unknown or impossible is refused
with the nearest match, nothing is sent, and the text comes back.

| command | does | who | text below it is |
|---|---|---|---|
"""

_END = """
**Mixed means private.** Where one command makes the text private and another would send it, it stays a private note.
Only `#customer` is refused together with a private one, because the customer will read the inquiry. Commands that say
nothing about an answer (`#tag`, `#time` and so on) leave the text below them to be the answer; without text nothing is
sent.

**Names** are those of the config: an address, a whole name, or a part of it that means only one CSR.

**Moments** are understood in English, German, French, Spanish, Italian, Dutch, Polish and Swedish: `3d`, `1h30m`,
`in 2 weeks`, `tomorrow`, `morgen`, `friday 14:00`, `Freitag 14 Uhr`, `24.12.`, `16 juillet`, `2026-12-01`. A day
without an hour means eight in the morning in the desk's time zone, `today` means five in the afternoon. `01/02/2026`
may be two different days, so it is refused.

**`#watch`**: CSRs and roles get every new entry, notes too; anybody else gets what customers and CSRs write to each
other from then on, and nothing private. `customer`, `answers` or `notes`
behind the name chooses what comes: `#watch Bo answers`.

**`#set`**: the custom fields of the case's submission type; `#set type=repair` and `#set language=de` set those. A case
whose required fields are empty is not resolved or closed, unless internally.

**`#reopen`** opens whatever keeps a case from being worked on: what has ended is reopened, what was put off or
escalated is opened (so the 2nd level hands a case back), what lies in the spam box is what it was before.

**`#resolve internal`** takes abuse, test, duplicate, chat, call, other or spam; `#resolve internal duplicate 7F3K-9QX6`
names the other case.

**`#merge`**: both histories stand in time order in the case that is named; replies to the old one go there. Everybody
outside still sees only what they wrote or got themselves.

**`#split 3 5`** makes these entries a case of their own, linked to this one; the history in a CSR's mail numbers them.
`#split` alone takes the customer's newest mail. What goes leaves a line in its place. **`#link ID`** only says that two
cases have to do with each other, in both.

**`#template`** takes a `[[answer]]` of the config or a file of the `answers` folder. It may name `customer.name`,
`customer.first_name`, `customer.address`, `case.id`, `case.tag`, `case.subject`, `case.created`, `csr.name`,
`service.name`, `service.from_name`, `service.address` and `fields.NAME` (those that customers may see). A value that
the case does not have is never left empty: the answer is refused and says what is missing, unless the text asks first
(`{% if fields.serial %}`, `{{ fields.serial or "unknown" }}`). A `subject` (in a file: a first line `Subject: ...` with
an empty one below it) is that letter's own; without one it keeps the case's. The link of the same name in a CSR's mail
shows the finished letter, and its button sends it.

## Mail links and subjects

The links in a CSR's mail have a twin that opens a new mail, with a subject such as
`[#7F3K-9QX6] assign jane@example.com` and a seal. It does what the command of that name does. What is written there is
always private.

| subject of a mail to the service | does |
|---|---|
| `away`, `away ROLE` | no new cases come to you |
| `available`, `available ROLE` | they come again |
| `list` | mails you your desk card: your open cases, what is due, what waits for anybody |

## Passing a customer's mail on

Forward it to the service, in the text or as a file, from Outlook, Gmail, Apple Mail or Thunderbird in any of their
usual languages. A case opens in the name of the customer who wrote it; the rule of the service decides who gets it, as
if they had written to the service themselves, and they are told that it arrived. What you write above it is a private
note, and commands there are done on the new case. Where the forward does not show the customer's address, begin with
`#customer ADDRESS`. A forwarded mail of somebody who takes part in the case that its subject names is added to that
case; any other mail that is forwarded to a case becomes a private note and never an answer.
"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| {_cell(f'`{one.usage}`')} | {_cell(one.help)} | {_cell(one.who)} | {_cell(one.below)} |"
        for one in COMMANDS.values()
    ]
    return _TOP + "\n".join(rows) + "\n" + _END


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
