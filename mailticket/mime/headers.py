"""PURE: what a mail's header fields say, read without ever failing; and the ids that a batch is looked up by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from mailparser.utils import get_addresses

from mailticket.domain.address import Address, writers
from mailticket.domain.mail import MailIds
from mailticket.mime.octets import charset, encoded_words, header_block, limits

_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([^\"';\s]{1,40})", re.IGNORECASE)
_ENCODED_IN = re.compile(r"=\?([^?*\s]{1,40})[?*]")
_ID = re.compile(r"<([^<>]{1,998})>")
_BARE_ID = re.compile(r"(?<![^\s<>\",;])[^\s<>\",;]{1,500}@[^\s<>\",;]{1,500}(?![^\s<>\",;])")
_SPACE = re.compile(r"\s+")
# Whatever might be an address in a field that is no proper list of addresses; "a@b@c" stays one odd piece.
_LOOSE_ADDRESS = re.compile(
    r"(?:\"[^\"<>@]{1,100}\"|(?<![^\s<>()\[\]\",;:])[^\s<>()\[\]\",;:]{1,320})@[^\s<>()\",;:]{1,320}"
)
# Names without "@", brackets, escapes and encoded words: nothing in them can be taken for another address.
_PLAIN_ADDRESS = re.compile(
    r"\s*(?:(?:\"([\w .,;:&+/'!|#*-]{1,100})\"\s?|([\w .&+/'!|*-]{1,100}))?"
    r"<([A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,255})>"
    r"|([A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9.-]{1,255})(?:\s{1,3}\(([\w .&+/'-]{1,100})\))?)\s*"
)
# A user of the sender's own machine, without any host: "MAILER-DAEMON (Mail Delivery System)", "root".
_LOCAL_USER = re.compile(
    r"(?P<name>[^<>@()\",;:]{1,100})?<(?P<user>[A-Za-z0-9._+=-]{1,64})>"
    r"|(?P<bare>[A-Za-z0-9._+=-]{1,64})(?:\s{1,9}\((?P<comment>[^()@<>]{1,200})\))?"
)
# Message-IDs in the header blocks that a bounce, a read receipt or a forwarded mail brings along.
_MENTIONED = re.compile(
    rb"^[> \t]{0,8}(?:(?:X-)?Original-)?Message-ID[ \t]{0,9}:[ \t]{0,9}(?:\r?\n[> \t]{1,9})?(<[^<>\s]{1,998}>)",
    re.IGNORECASE | re.MULTILINE,
)
_MENTIONED_CAP = 50


class HeaderView:
    """A tolerant reader of the header block of a mail or part. Names are matched in any case; nothing raises."""

    __slots__ = ("_addresses", "_charset", "_decoded", "_values", "names")

    def __init__(self, message: Message, fallback: str = "") -> None:
        """`message` may come from any compat32 parser; its fields are decoded when first asked for, once.

        `fallback` is the charset of raw 8-bit text where the header itself names none.
        """
        self.names: list[str] = []
        self._decoded: dict[str, list[str]] = {}
        self._addresses: dict[str, tuple[Address, ...]] = {}
        self._values: dict[str, list[bytes]] = {}
        for name, value in message.raw_items():
            key = name.lower()
            self.names.append(key)
            self._values.setdefault(key, []).append(encoded_words.octets(str(value)))
        self._charset = ""
        self._charset = self._own_charset() or fallback

    def _own_charset(self) -> str:
        """The charset that Content-Type names, else that of an encoded word in From, To or Subject."""
        match = _CHARSET.search(self.raw("content-type"))
        if match:
            return match[1]
        for name in ("from", "subject", "to"):
            word = _ENCODED_IN.search(self.raw(name))
            if word and word[1].lower() != "utf-8":
                return word[1]
        return ""

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def raw(self, name: str) -> str:
        """The first value of that name on one line, its encoded words left as they are. "" if absent."""
        values = self.raw_all(name)
        return values[0] if values else ""

    def raw_all(self, name: str) -> list[str]:
        """Every value of that name in order, each as `raw` would give it."""
        values = self._values.get(name.lower(), ())
        return [encoded_words.plain(encoded_words.unfold(value), self._charset) for value in values]

    def get(self, name: str) -> str:
        """The first value of that name: one line, decoded (RFC 2047), without controls. "" if absent."""
        key = name.lower()
        return self._values_decoded(key)[0] if key in self._values else ""

    def all(self, name: str) -> list[str]:
        """Every value of that name in order, each as `get` would give it."""
        key = name.lower()
        return list(self._values_decoded(key)) if key in self._values else []

    def _values_decoded(self, key: str) -> list[str]:
        found = self._decoded.get(key)
        if found is None:
            found = [encoded_words.decode(value, self._charset) for value in self._values[key]]
            self._decoded[key] = found
        return found

    def addresses(self, name: str) -> tuple[Address, ...]:
        """Every address in the fields of that name, groups opened, at most `limits.ADDRESSES`.

        Where a field is ambiguous ("csr@corp(<evil@x>") all that could be meant is given, so that a caller who
        asks for exactly one author gets none.
        """
        key = name.lower()
        if key not in self._addresses:
            found: list[Address] = []
            for value in self._values.get(key, ()):
                if len(found) < limits.ADDRESSES:
                    found += _addresses(_within_limit(encoded_words.plain(encoded_words.unfold(value), self._charset)))
            self._addresses[key] = tuple(found[: limits.ADDRESSES])
        return self._addresses[key]

    def has_too_many_addresses(self, name: str) -> bool:
        """Whether `addresses` leaves some out."""
        values = self._values.get(name.lower(), ())
        return sum(value.count(b",") + 1 for value in values) > limits.ADDRESSES

    def message_ids(self, name: str) -> tuple[str, ...]:
        """The Message-IDs in the fields of that name, in order, each once, with their angle brackets.

        Blanks that folding left inside an id are taken out; an id without brackets gets them. Raw 8-bit octets (no
        standard allows them) read the same whatever charset the mail names, so that `ids` and `parse` agree.
        """
        found: list[str] = []
        for value in map(encoded_words.decode, self._values.get(name.lower(), ())):
            matches = [_SPACE.sub("", match) for match in _ID.findall(value)] or _BARE_ID.findall(value)[:1]
            found += [f"<{match}>" for match in matches if match]
        return tuple(dict.fromkeys(found))


def read(raw: bytes) -> HeaderView:
    """The view of the header block that `raw` begins with."""
    return HeaderView(header_block.split(raw).message())


def ids(raw: bytes) -> MailIds:
    """What the facts of a batch are looked up by: of the header as much as `parse` reads, so that nothing which it
    finds was not asked for; of the body 64 KB. Never raises."""
    head = header_block.with_line_feeds(raw[: limits.HEADER_BYTES + limits.IDS_BYTES])
    block = header_block.split(head)
    view = HeaderView(block.message())
    own = view.message_ids("message-id")
    body = raw[block.body_at : block.body_at + limits.IDS_BYTES]
    return MailIds(
        message_id=own[0] if own else "",
        in_reply_to=view.message_ids("in-reply-to"),
        references=view.message_ids("references"),
        mentioned=tuple(dict.fromkeys(_mentioned(body))),
        subject=view.get("subject"),
        senders=writers(view.addresses("from"), view.addresses("sender")),
        recipients=view.addresses("to") + view.addresses("cc"),
        reply_to=view.addresses("reply-to"),
    )


def _mentioned(body: bytes) -> Iterator[str]:
    if b"message-id" not in body.lower():  # told a hundred times faster than by the expression
        return
    for count, match in enumerate(_MENTIONED.finditer(body)):
        if count == _MENTIONED_CAP:
            return
        yield encoded_words.decode(match[1])


def _within_limit(line: str) -> str:
    """The first `limits.ADDRESSES` items of an address list."""
    return ",".join(line.split(",", limits.ADDRESSES)[: limits.ADDRESSES])


def _addresses(line: str) -> list[Address]:
    """mail-parser's strict scanner first; what it finds broken is searched for anything like an address."""
    plain = _plain(line)
    if plain:
        return plain
    troubles: list[dict[str, object]] = []
    # Names are decoded here: there one bad encoded word raises, and letters that are split between two break.
    parsed = get_addresses(line, defects=troubles, decode_names=False)
    found = [Address(_name(name), address.strip()) for name, address in parsed if address]
    broken = [str(trouble["raw"]) for trouble in troubles if not trouble["recovered"]]
    if broken and len(found) == 1 and not any("@" in item or "<" in item for item in broken):
        # "Foo Bar, Inc. <a@b.c>": the comma stands in a name that should have been quoted.
        return [Address(_name(line.rpartition("<")[0]) or found[0].name, found[0].address)]
    for item in broken:
        found += _loose(item)
    local = _LOCAL_USER.fullmatch(line) if not found else None
    if local is None:
        return found
    return [Address(_name(local["comment"] or local["name"] or ""), local["user"] or local["bare"])]


def _plain(line: str) -> list[Address]:
    """The addresses of nine fields in ten, for which the scanner would say the same, twenty times slower; else []."""
    pieces = line.split(",") if '"' not in line else [line]
    matches = [_PLAIN_ADDRESS.fullmatch(piece) for piece in pieces]
    found = [Address(_name(one[1] or one[2] or one[5] or ""), one[3] or one[4]) for one in matches if one is not None]
    return found if len(found) == len(pieces) else []


def _loose(item: str) -> list[Address]:
    """Every piece that looks like an address; with the words before it as its name if it is the only one."""
    readable = encoded_words.decode(item.encode("utf-8", "replace"))
    pieces = list(dict.fromkeys(_LOOSE_ADDRESS.findall(readable)))
    if len(pieces) != 1:
        return [Address("", piece) for piece in pieces]
    return [Address(_name(readable.partition(pieces[0])[0]), pieces[0])]


def _name(written: str) -> str:
    """A display name: encoded words that stood in quotes decoded too, quotes and brackets around it gone."""
    decoded = encoded_words.decode(_octets_again(written)) if "=?" in written else written
    name = encoded_words.tidy(decoded).removesuffix("mailto:").strip("<> ")
    if name.count('"') == 1:  # half of a pair: the other stands behind the address
        name = name.strip('" ')
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    return name.replace('\\"', '"').strip()


def _octets_again(written: str) -> bytes:
    """Raw 8-bit letters inside an encoded word are octets of that word's charset."""
    word = _ENCODED_IN.search(written) if not written.isascii() else None
    for codec in charset.codecs_for(word[1])[:1] if word else ():
        try:
            return written.encode(codec)
        except UnicodeEncodeError:
            break
    return written.encode("utf-8", "surrogateescape")
