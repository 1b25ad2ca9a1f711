"""PURE: a mail that was passed on inside another one: in its text, as clients write it in many languages, or attached.

A forward's own writer is not the author of what it holds. Outlook writes a header block under a rule, Gmail,
Thunderbird and Apple Mail a title above it; all of them can attach the mail as a file instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailticket.domain import case_id
from mailticket.domain.address import Address
from mailticket.domain.mail import CutMethod, Forwarded, InboundMail
from mailticket.mime.cutting import signature
from mailticket.mime.cutting.client_words import FROM
from mailticket.mime.cutting.lines import (
    LINE_CAP,
    bare,
    is_blank,
    is_forward_subject,
    is_quoted,
    is_rule,
    opens_forward,
    split,
    without_outer_blanks,
)

#: The label of the subject's line in a header block, lower case.
_SUBJECT = frozenset(
    "subject betreff objet asunto oggetto assunto onderwerp temat ämne emne aihe předmět predmet tárgy subiect тема "
    "konu θέμα 件名 主题 主旨 제목 נושא".split()
)
_BLOCK = 16  # lines that a header block may have, wrapped values and blank lines included
_FEWEST = 3  # labelled lines that make a header block
_NEAR = 4  # lines between a title and its header block
_CAP = 256 * 1024  # characters of a text in which a forward is looked for; what it passes on may be longer
_LABELLED = re.compile(r"^\*{0,2}([^\s:：*>][^:：*\n]{0,28}?)\*{0,2}[\s\xa0]{0,2}[:：]\*{0,2}(?!//)[\s\xa0]{0,8}(.*)$")
# Programs put whole tokens before the @; half an address would be somebody else's.
_ADDRESS = re.compile(r"(?<![^\s<>\"(),;:@\[\]])[^\s<>\"(),;:@\[\]]{1,256}@[^\s<>\"(),;:@\[\]]{1,255}")
_BEFORE_NAME = re.compile(
    r"^.{0,200}\b(?:on behalf of|im auftrag von|de la part de|en nombre de|namens)\s", re.IGNORECASE
)
_DECORATION = " \t\xa0*_\"'<>[](),;"


@dataclass(frozen=True, slots=True)
class _Block:
    """A client's header block: its fields by label (lower case), its first line, the line below it."""

    fields: Mapping[str, str]
    start: int
    end: int
    is_quoted: bool


def in_text(mail: InboundMail, forwarded_id: str) -> Forwarded | None:
    """The mail that stands in the text of this one; None if this is no forward.

    `forwarded_id` is the Message-ID in X-Forwarded-Message-Id, "" without that header. A reply that could be cut is
    never taken for a forward: what it quotes may well hold one.
    """
    lines = split(mail.text)
    looked_at = lines if len(mail.text) <= _CAP else split(mail.text[:_CAP])
    is_forward = is_forward_subject(mail.subject)
    if mail.reply.method is not CutMethod.WHOLE or not (is_forward or any(map(opens_forward, looked_at))):
        return None
    block = next(_blocks(looked_at, is_forward), None)
    if block is None:
        return Forwarded(None, mail.subject, mail.text, mail.html) if is_forward else None
    top = _top(lines, block.start)
    body = [_unquoted(line) for line in lines[block.end :]] if block.is_quoted else lines[block.end :]
    named = next((value for label, value in block.fields.items() if label in FROM), "")
    subject = next((value for label, value in block.fields.items() if label in _SUBJECT), "")
    return Forwarded(
        author(named),
        subject or mail.subject,
        "\n".join(without_outer_blanks(body)),
        above=_own_words(lines[:top]),
        message_id=forwarded_id or next(iter((*mail.in_reply_to, *reversed(mail.references))), ""),
    )


def attached(mail: InboundMail, inner: InboundMail) -> Forwarded | None:
    """The one mail that is attached to this one, as the mail that this one passes on; None if it is only a file.

    Whoever answers, or writes about a case of ours, may attach a mail for their reader.
    """
    is_answer = bool(mail.in_reply_to or mail.references or case_id.find(mail.subject))
    if is_answer and not is_forward_subject(mail.subject):
        return None
    sender = next(iter(inner.from_), None)
    subject = inner.subject or mail.subject
    lines = split(mail.text)  # of a mail without a word of its own, that is the attached one under a title
    title = next((at for at, line in enumerate(lines) if opens_forward(line)), len(lines))
    return Forwarded(sender, subject, inner.text, inner.html, _own_words(lines[:title]), inner.message_id)


def author(written: str) -> Address | None:
    """Whom a From line of a header block names: "Carla Customer <carla@customer.example>", "[mailto:...]" and the like;
    None if it shows no address."""
    found = _ADDRESS.findall(written[:LINE_CAP].replace("mailto:", " "))
    if not found:
        return None
    name = _BEFORE_NAME.sub("", written[:LINE_CAP])
    first = _ADDRESS.search(name)
    name = name[: first.start()] if first else ""
    name = " ".join(name.replace("mailto:", " ").strip(_DECORATION).split())
    return Address(name, found[-1].strip(".*_'"))


def _blocks(lines: Sequence[str], is_forward: bool) -> Iterator[_Block]:
    """Header blocks in order. Without a forward's subject only those with a forward's title above them."""
    for at, line in enumerate(lines):
        if (":" not in line and "：" not in line) or opens_forward(line):
            continue
        if not is_forward and not any(opens_forward(one) for one in lines[max(0, at - _NEAR) : at]):
            continue
        block = _block_at(lines, at)
        if block is not None:
            yield block


def _block_at(lines: Sequence[str], at: int) -> _Block | None:
    """The header block whose first line this is. A blank line inside it is a converter's, a line without a label is
    the rest of a long value."""
    fields: dict[str, str] = {}
    label, end = "", at
    for number, line in enumerate(lines[at : at + _BLOCK], at):
        match = _LABELLED.match(bare(line)[:LINE_CAP])
        if match:
            label = match[1].strip(" *\xa0").casefold()
            if label in fields:
                break
            fields[label], end = match[2].strip(" *\xa0\t"), number + 1
        elif is_blank(line):
            if len(fields) >= _FEWEST and not _goes_on(lines, number):
                break
        elif not fields or end != number or not _is_rest(line, fields[label]):
            break
        else:
            fields[label], end = f"{fields[label]} {bare(line)}", number + 1
    is_one = len(fields) >= _FEWEST and bool(fields.keys() & FROM) and bool(fields.keys() & _SUBJECT)
    return _Block(fields, at, end, is_quoted(lines[end - 1])) if is_one else None


def _is_rest(line: str, value: str) -> bool:
    """Whether the line goes on with a list of recipients that was too long for one."""
    return line[:1] in (" ", "\t") or value.endswith((",", ";"))


def _goes_on(lines: Sequence[str], blank_at: int) -> bool:
    """Whether below this blank line the block's subject or sender is still to come."""
    following = lines[blank_at + 1 : blank_at + 2]
    match = _LABELLED.match(bare(following[0])[:LINE_CAP]) if following else None
    return match is not None and match[1].strip(" *\xa0").casefold() in _SUBJECT | FROM


def _top(lines: Sequence[str], start: int) -> int:
    """The line where the forward begins: its title or rule, if there is one above the block."""
    top = start
    while (
        top
        and start - top <= _NEAR
        and (is_blank(lines[top - 1]) or is_rule(lines[top - 1]) or opens_forward(lines[top - 1]))
    ):
        top -= 1
    return top


def _own_words(lines: Sequence[str]) -> str:
    """What the forwarder wrote, without their signature."""
    return signature.without("\n".join(without_outer_blanks(lines)), may_be_all=True)


def _unquoted(line: str) -> str:
    """The line without one level of quoting."""
    return re.sub(r"^[ \t\xa0]{0,3}>[ \xa0]?", "", line[:LINE_CAP]) + line[LINE_CAP:]
