"""PURE: who plays in the demo, and what they write by themselves. Everything else is up to the visitor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files as resources

from mailticket.demo.mail import File
from mailticket.demo.writing import Draft, Program
from mailticket.domain.address import Address

#: The one address that mailticket watches.
SUPPORT = Address("Kettle & Co Support", "support@example.com")
SERVICE = "support"
#: Everybody's password. It is shown on the screen: a visitor may point their own mail program at the demo.
PASSWORD = "demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox. `key` is their name in the page's addresses."""

    key: str
    address: Address
    program: Program
    is_csr: bool = False


ANN = Person("ann", Address("Ann Archer", "ann@example.com"), Program.OUTLOOK, is_csr=True)
BO = Person("bo", Address("Bo Brandt", "bo@example.com"), Program.OUTLOOK, is_csr=True)
CARLA = Person("carla", Address("Carla Costa", "carla@customers.example"), Program.GMAIL)
DIRK = Person("dirk", Address("Dirk Decker", "dirk@customers.example"), Program.APPLE)
EMI = Person("emi", Address("Emi Endo", "emi@customers.example"), Program.OUTLOOK)

PEOPLE = (CARLA, DIRK, EMI, ANN, BO)
CSRS = tuple(one for one in PEOPLE if one.is_csr)
#: Who gets new cases, and whom a CSR may escalate to.
ROLES = {"support": CSRS, "experts": (BO,)}
FIRST_LEVEL, SECOND_LEVEL = ROLES


@dataclass(frozen=True, slots=True)
class Scene:
    """A customer writes to support, `after` this long."""

    after: timedelta
    who: Person
    draft: Draft


@dataclass(frozen=True, slots=True)
class Answer:
    """Whichever CSR gets the case whose subject holds `about` answers it, `after` this long."""

    after: timedelta
    about: str
    text: str


def _prop(name: str, kind: str, cid: str = "") -> File:
    return File(name, kind, (resources("mailticket.demo") / "props" / name).read_bytes(), cid)


def _to_support(subject: str, text: str, html: str = "", files: tuple[File, ...] = ()) -> Draft:
    return Draft((SUPPORT,), subject, text, html=html, files=files)


_ADDRESS = "Wrong delivery address on order 10377"
_SPARE_PART = "Spare lid for the Model 3 kettle"
_TANK = "Water tank arrived cracked"


def scenes() -> tuple[Scene, ...]:
    """What the customers write by themselves in the first seconds, in order."""
    return (
        Scene(timedelta(seconds=0.5), DIRK, _to_support(_ADDRESS, _DIRK_ADDRESS)),
        Scene(
            timedelta(seconds=4),
            EMI,
            _to_support(
                _TANK,
                _EMI_TEXT,
                _EMI_HTML,
                (_prop("cracked-tank.png", "image/png", "tank@emi"), _prop("order-10412.pdf", "application/pdf")),
            ),
        ),
        Scene(timedelta(seconds=8), DIRK, _to_support(_SPARE_PART, _DIRK_LID_TEXT, _DIRK_LID_HTML)),
    )


#: One case is answered by itself, so that a finished round trip stands there while the visitor looks around.
ANSWERS = (
    Answer(
        timedelta(seconds=6),
        _ADDRESS,
        "no harm done: your parcel has not left our warehouse yet. I have changed the address to Harbour Street 7, "
        "2nd floor.\n\nYou will get the tracking number tomorrow morning.",
    ),
)

# People type paragraphs as one line and let their mail program wrap it; so do these.
_DIRK_ADDRESS = (
    "Hello,\n\n"
    "I ordered two kettles last night (order 10377) and gave my old address by mistake. I moved in October. "
    "Could you please send them to:\n\n"
    "Dirk Decker\nHarbour Street 7, 2nd floor\n20457 Hamburg\n\n"
    "Thank you\nDirk Decker"
)

_EMI_TEXT = (
    "Hi there,\n\n"
    "my coffee machine (order 10412) came today. The box looks fine, but the water tank has a crack right across "
    "the front, see the photo. Everything else works.\n\n"
    "Could you send me a new tank? The delivery note is attached.\n\n"
    "Thanks,\nEmi"
)
_EMI_HTML = """
<p>Hi there,</p>
<p>my coffee machine (<b>order 10412</b>) came today. The box looks fine, but the water tank has a
<b style="color:#b03a2e">crack right across the front</b>, see the photo. Everything else works.</p>
<p><img src="cid:tank@emi" alt="The cracked tank" width="360" height="240"></p>
<p>Could you send me a new tank? The delivery note is attached.</p>
<p>Thanks,<br>Emi</p>
"""

_DIRK_LID_TEXT = (
    "Hello again,\n\n"
    "another small thing. Do you sell these separately?\n\n"
    "* the lid of the Model 3 kettle, in black\n* the limescale filter that sits in the spout\n\n"
    "If so, what do they cost, with delivery to Hamburg?\n\n"
    "Dirk"
)
_DIRK_LID_HTML = """
<p>Hello again,</p>
<p>another small thing. Do you sell these separately?</p>
<ul><li>the <b>lid</b> of the Model 3 kettle, in black</li>
<li>the <b>limescale filter</b> that sits in the spout</li></ul>
<p>If so, what do they cost, with delivery to Hamburg?</p>
<p>Dirk</p>
"""
