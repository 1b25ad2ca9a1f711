"""PURE: a made-up case, full and bare, on which every template is tried before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from mailticket.config.models import Config, Csr, Imap, Letters, Role, Service, Smtp, Web
from mailticket.config.rules import AnswerTemplate
from mailticket.domain.address import Address
from mailticket.domain.case import Case, Entry, EntryKind, Status, StoredFile, Words, public
from mailticket.domain.decision import LetterKind
from mailticket.domain.people import Customer, Participant
from mailticket.domain.texts.alike import Solved
from mailticket.letters.catalog import LETTERS, Reader
from mailticket.letters.csr_values import csr_values
from mailticket.letters.desk_card import desk_card_values
from mailticket.letters.links import Sealing, held_links, letter_links, reuse_link, take_link
from mailticket.letters.occasion import Card, ForAdmin, ForColleague, ForCsr, ForCustomer, ForDesk, Occasion
from mailticket.letters.values import Values, admin_values, colleague_values, customer_values
from mailticket.tokens import Keys

_AT = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
_CARLA = Address("Carla Jensen", "carla@customers.example")
_ANN = Csr(email="ann@example.com", name="Ann Berg", signature="Ann Berg, printers and scanners")
_BO = Csr(email="bo@example.com", name="Bo Lind")
_SERVICE = Service(
    name="support",
    address="support@example.com",
    from_name="Example Support",
    first_level="first",
    second_level="second",
    imap=Imap(host="localhost", username="support"),
    smtp=Smtp(host="localhost"),
    letters=Letters(signature="Example Ltd, 1 Sample Street"),
)
_CONFIG = Config(
    web=Web(url="https://desk.example.com"),
    answer=(AnswerTemplate(name="reset", text="Thank you. That helped others too: hold the reset button."),),
    csr=(_ANN, _BO),
    role=(Role(name="first", members=(_ANN.email,)), Role(name="second", members=(_BO.email,))),
    service=(_SERVICE,),
)
_NOW = _AT + timedelta(days=1)
_ALARM = {
    "key": "a-trouble:support",
    "title": "Something is wrong",
    "text": "It is wrong.",
    "whose": "Nobody's.",
    "fix": "Wait.",
    "service": "support",
    "rung_at": _AT,
    "times": 2,
}
_OCCASION = Occasion(_CONFIG, _SERVICE, _NOW, ZoneInfo("UTC"), file_url=lambda file: f"https://x.example/{file.name}")
_SEALING = Sealing(_CONFIG, Keys((b"specimen" * 4,)), _ANN, "specimen", _NOW)
_VIEWER = Participant(_CARLA, is_customer=True)
_PLAN = StoredFile("plan.pdf", "application/pdf", 48_000, "0" * 64)
_PHOTO = StoredFile("photo.png", "image/png", 9_000, "1" * 64, inline=True, cid="photo")
_COMMANDS = (("#note", "keep the text as a private note"), ("#close", "closed for good"))


@cache
def specimens(kind: LetterKind) -> tuple[Values, ...]:
    """Values for a letter of this kind: about a case that has everything, and about one that has next to nothing."""
    return tuple(_made(kind))


def _made(kind: LetterKind) -> Iterator[Values]:
    if LETTERS[kind].reader is Reader.CUSTOMER:
        yield customer_values(_full_for_customer(), _OCCASION)
        yield customer_values(ForCustomer(_bare_case(), Participant(Address("", "x@y.example"), True)), _OCCASION)
        return
    if LETTERS[kind].reader is Reader.ADMIN:
        yield admin_values(ForAdmin([_ALARM, _ALARM | {"service": "", "times": 1}], more=3), _OCCASION)
        yield admin_values(ForAdmin([_ALARM]), _OCCASION)
        return
    if LETTERS[kind].reader is Reader.COLLEAGUE:
        for case in (_full_case(), _bare_case()):
            yield colleague_values(ForColleague(case, 'the rule "printers"'), _OCCASION)
        return
    if kind is LetterKind.DESK_CARD:
        cards = [Card(one, take_link(one, _SEALING)) for one in (_full_case(), _bare_case())]
        yield desk_card_values(ForDesk(_ANN, cards, cards, (2, 3), ("first",)), _OCCASION)
        yield desk_card_values(ForDesk(_ANN, (), ()), _OCCASION)
        return
    like = Solved("0000-0000", "Printer trouble", "Hold the reset button.", "Bo Lind", _AT)
    solved = ((like, reuse_link(_full_case(), like.case, _SEALING)),)
    links, acts = letter_links(_SERVICE, _full_case(), _SEALING), held_links(_full_case(), 3, _SEALING)
    for extra in _EXTRAS[kind]:
        entries = _entries()
        yield csr_values(
            ForCsr(_ANN, _full_case(), entries, 4, _COMMANDS, (_bare_case(),), frozenset(), links, acts, solved, extra),
            _OCCASION,
        )
        yield csr_values(ForCsr(_ANN, _bare_case(), extra=extra), _OCCASION)
    if kind is not LetterKind.CSR_CASE:
        yield csr_values(ForCsr(_ANN, None, extra=_EXTRAS[kind][0]), _OCCASION)


_EXTRAS: dict[LetterKind, tuple[dict[str, object], ...]] = {
    LetterKind.CSR_CASE: ({"why": "least open cases in first"},),
    LetterKind.CSR_RECEIPT: (
        {"done": ["The case was closed."]},
        {"problem": '"#clos" is no command.', "fix": "Did you mean #close?", "text": "#clos\nThank you"},
        {"commands": list(_COMMANDS)},
        {"events": True},
        {"done": ["The answer waits."], "warnings": ["It also went to others."]},
    ),
    LetterKind.HOLD_NOTICE: ({"why": "nothing proves it yours", "text": "Done.", "html": ""},),
    LetterKind.REMINDER: (
        {"problem": "It is due.", "fix": "Act on it.", "moment": _AT},
        {"problem": "It is due.", "fix": "Act on it.", "moment": None},
    ),
    LetterKind.BOUNCE_NOTICE: (
        {"recipient": _CARLA.address, "server_said": "550 no such user", "is_permanent": True, "bounced_letter": "x"},
        {"recipient": _CARLA.address, "server_said": "", "is_permanent": False, "bounced_letter": ""},
    ),
}


def _full_for_customer() -> ForCustomer:
    seen = [shown for one in _entries() if (shown := public(one, _VIEWER, "Example Support"))]
    return ForCustomer(_full_case(), _VIEWER, seen, 3, _ANN, True, _AT + timedelta(days=2))


def _full_case() -> Case:
    return Case(
        1,
        "7F3K-9QXM",
        "support",
        "The printer prints nothing",
        Status.OPENED,
        Customer(1, _CARLA),
        _AT,
        _AT,
        csr=_ANN.key,
        role="first",
        due_at=_AT + timedelta(days=2),
        tags=("printer",),
        linked=("7F3K-9QXM",),
        participants=(_VIEWER, Participant(Address("Dirk Olsen", "dirk@customers.example"), False, 1)),
        entries=4,
    )


def _bare_case() -> Case:
    return Case(2, "0000-0000", "support", "", Status.NEW, Customer(2, Address("", "x@y.example")), _AT, _AT)


def _entries() -> list[Entry]:
    ann = _ANN.address
    picture = Words("It looks like this.", '<p>It looks like this.</p><img src="cid:photo">', files=(_PHOTO, _PLAN))
    written = (
        (EntryKind.CUSTOMER_MAIL, _CARLA, picture, ""),
        (EntryKind.NOTE, ann, Words("Known fault."), _ANN.key),
        (EntryKind.REPLY, ann, Words("Please switch it off and on.\n\nhttps://example.com/help"), _ANN.key),
        (EntryKind.CUSTOMER_MAIL, _CARLA, Words("That helped, thank you."), ""),
    )
    return [
        Entry(0, number, kind, _AT + timedelta(hours=number), author, words, csr=csr, parties=(_CARLA.key,))
        for number, (kind, author, words, csr) in enumerate(written, start=1)
    ]
