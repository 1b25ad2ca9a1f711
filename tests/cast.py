"""Who plays in the tests: two CSRs of the 1st level, an expert, customers, a stranger, a robot, and their desk."""

from __future__ import annotations

from typing import Any

from mailticket.config.models import Config, Csr, Imap, Role, Service, Smtp
from mailticket.domain.address import Address
from mailticket.domain.people import Actor, ActorKind, Door

ANN = Csr(email="ann@example.com", name="Ann Archer", aliases=("a.archer@example.com",))
BO = Csr(email="bo@example.com", name="Bo Baker")
EVE = Csr(email="eve@example.com", name="Eve Expert")

CARLA = Address("Carla Customer", "carla@customer.example")
DIRK = Address("Dirk Driver", "dirk@customer.example")
MALLORY = Address("Mallory", "mallory@elsewhere.example")
ROBOT = Address("", "robot@machines.example")

SUPPORT = "support@example.com"


def service(**changes: Any) -> Service:
    """The service of the tests, with some keys changed: `service(trust="strict", cases=Cases(...))`."""
    keys: dict[str, Any] = {
        "name": "support",
        "address": SUPPORT,
        "first_level": "support",
        "second_level": "experts",
        "imap": Imap(host="localhost", username=SUPPORT),
        "smtp": Smtp(host="localhost"),
    }
    return Service(**keys | changes)


def config(desk: Service | None = None, **changes: Any) -> Config:
    """A whole config around one service: Ann and Bo in "support", Eve in "experts"."""
    keys: dict[str, Any] = {
        "csr": (ANN, BO, EVE),
        "role": (
            Role(name="support", members=(ANN.email, BO.email)),
            Role(name="experts", members=(EVE.email,)),
        ),
        "service": (desk or service(),),
    }
    return Config(**keys | changes)


def as_csr(csr: Csr = ANN) -> Actor:
    """A CSR who is proven."""
    return Actor(ActorKind.CSR, csr.address, "answers a letter that we mailed to this very CSR", csr.key)


def as_unproven(csr: Csr = ANN) -> Actor:
    """Somebody who uses a CSR's address and cannot prove it."""
    return Actor(ActorKind.UNPROVEN, csr.address, f"written in the name of {csr.email}, but unproven", csr.key)


def as_customer(address: Address = CARLA) -> Actor:
    return Actor(ActorKind.CUSTOMER, address, "not one of ours, so a customer")


def as_machine(address: Address = ROBOT) -> Actor:
    return Actor(ActorKind.MACHINE, address, "Auto-Submitted: auto-replied")


def as_admin(name: str = "root") -> Actor:
    """Somebody who types a command on the machine."""
    return Actor(ActorKind.ADMIN, Address(f"admin {name}", ""), "on the command line", sees_outcome=True, door=Door.CLI)


CLOCK = Actor(ActorKind.CLOCK, Address("mailticket", ""), "the clock")
RULE = Actor(ActorKind.RULE, Address("mailticket", ""), "the rule of the service")
