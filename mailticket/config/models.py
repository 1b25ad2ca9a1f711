"""PURE: every key of the config file with its default, as frozen models."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from mailticket.config.hours import Hours, Targets
from mailticket.config.kinds import (
    AddressPattern,
    Language,
    Listen,
    MailAddress,
    OptionalDay,
    OptionalSpan,
    PersonalPattern,
    Security,
    Size,
    Span,
    SubjectTag,
    Tenant,
    TimeZone,
    WebUrl,
)
from mailticket.config.rules import AnswerTemplate, BlacklistRule, CustomField, Trigger, Workflow
from mailticket.config.table import Table
from mailticket.domain.address import Address

#: The one name in `types` of a custom field that is no submission type: the field is one of customers.
OF_CUSTOMERS = "customer"


class Desk(Table):
    """[mailticket]: what holds for all services. Paths are relative to the config file's folder."""

    data: str = "/var/lib/mailticket"
    database: str = "sqlite"
    files: Annotated[str, Field(pattern=r"^(local|s3://[^/]+(/.*)?)$")] = "local"
    timezone: TimeZone = "UTC"
    language: Annotated[Language, Field(min_length=2)] = "en"
    admins: tuple[MailAddress, ...] = ()
    managers: tuple[MailAddress, ...] = ()
    templates: str = "templates"
    answers: str = "answers"
    alarm_webhook: str = ""
    retain_rejected: Span = timedelta(days=30)


class Web(Table):
    """[web]: links and console. With an empty `url` mails carry mail links and commands only."""

    listen: Listen = "127.0.0.1:8025"
    url: WebUrl = ""
    links: Literal["button", "signin"] = "button"
    link_expires: Span = timedelta(days=30)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class Csr(Table):
    """[[csr]]: a person of ours who answers."""

    email: MailAddress
    name: str
    aliases: tuple[MailAddress, ...] = ()
    signature: str = ""
    skills: tuple[str, ...] = ()
    language: Language = ""

    @cached_property
    def address(self) -> Address:
        return Address(self.name, self.email)

    @cached_property
    def key(self) -> str:
        """What the store knows this CSR by."""
        return self.address.key

    @cached_property
    def keys(self) -> frozenset[str]:
        """All addresses that this CSR writes from, normalised."""
        return frozenset(Address("", one).key for one in (self.email, *self.aliases))


class Role(Table):
    """[[role]]: a named group of CSRs. `hours`: their own, None: those of the service whose case it is."""

    name: str
    members: tuple[MailAddress, ...]
    hours: Hours | None = None


class OAuth(Table):
    """[service.imap.oauth]: instead of a password. Without a secret somebody signs in once (Microsoft)."""

    provider: Literal["microsoft", "google"] = "microsoft"
    tenant: Tenant = ""
    client_id: str = ""
    client_secret_file: str = ""
    secret_expires: OptionalDay = None


class _Server(Table):
    """With `oauth`, `password` holds what the settings found in its client_secret_file."""

    host: str
    password: SecretStr = SecretStr("")
    password_file: str = ""
    oauth: OAuth | None = None


class Imap(_Server):
    """[service.imap]: the mailbox that is watched."""

    port: int = Field(default=993, ge=1, le=65535)
    security: Security = "tls"
    username: str
    folder: str = "INBOX"


class Smtp(_Server):
    """[service.smtp]: the relay that takes our mail. Without a username nobody signs in."""

    port: int = Field(default=587, ge=1, le=65535)
    security: Security = "starttls"
    username: str = ""
    rate: Annotated[str, Field(pattern=r"^([1-9]\d{0,5}/(sec|min|hour|day))?$")] = ""
    give_up_after: Span = timedelta(days=3)


class Assignment(Table):
    """[service.assignment]: who gets a case."""

    new_case: Literal["none", "limit", "random", "least-load", "round-robin", "skills", "workflow"] = "least-load"
    limit: int = Field(default=5, ge=1)
    nobody_able: Literal["most-skills", "limit", "random", "least-load", "round-robin", "wait"] = "most-skills"
    workflow: str = ""
    takeover: bool = True
    ooo_means_away: bool = True

    @property
    def keeps_limit(self) -> bool:
        """Does `limit` count here? Where it is what skills fall back on, it holds for the able too."""
        return self.new_case == "limit" or (self.new_case == "skills" and self.nobody_able == "limit")

    @property
    def waits_for_the_able(self) -> bool:
        return self.new_case == "skills" and self.nobody_able == "wait"


class Cases(Table):
    """[service.cases]: how a case ages."""

    after_reply: Literal["opened", "pending", "resolved", "closed"] = "opened"
    complete_after: Span = timedelta(days=14)
    reopen_within: OptionalSpan = None
    thanks_reopens: bool = False
    retain_closed: OptionalSpan = None


class Letters(Table):
    """[service.letters]: what our letters say."""

    auto_reply: bool = True
    greeting: str = "Hello {{ customer.first_name }},"
    sign_off: str = "Kind regards,\n{{ csr.name }}"
    signature: str = ""
    escalation_notice: bool = False
    attachments: Literal["attach", "link"] = "attach"
    receipts: Literal["problems", "all"] = "problems"
    undo_send: Span = timedelta(0)


class Holds(Table):
    """[service.holds]: what is checked before an answer goes out."""

    banned_words: tuple[str, ...] = ()
    personal_data: bool = True
    personal_patterns: tuple[PersonalPattern, ...] = ()
    missing_attachment: bool = True
    stale_answer: bool = True


class Limits(Table):
    """[service.limits]: budgets of automatic mail."""

    auto_budget: int = Field(default=1000, ge=0)
    ack_per_address: int = Field(default=3, ge=0)
    digest_after: int = Field(default=0, ge=0)
    flood_exempt: tuple[AddressPattern, ...] = ()


class Canary(Table):
    """[service.canary]: a mail to ourselves through the whole road, every so often."""

    every: OptionalSpan = None


class Service(Table):
    """[[service]]: one support address."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")
    address: MailAddress
    aliases: tuple[MailAddress, ...] = ()
    from_name: str = ""
    first_level: str = ""
    second_level: str = ""
    poll: Annotated[Span, Field(ge=timedelta(seconds=1))] = timedelta(seconds=60)
    processed: Literal["move", "keep", "delete"] = "move"
    first_run: Literal["silent", "ignore", "process"] = "silent"
    max_size: Size = 35_000_000
    subject_tag: SubjectTag = "[#{id}]"
    trust: Literal["verified", "strict", "address"] = "verified"
    authserv_ids: tuple[str, ...] = ()
    csr_as_customer: bool = False
    imap: Imap
    smtp: Smtp
    assignment: Assignment = Assignment()
    cases: Cases = Cases()
    letters: Letters = Letters()
    holds: Holds = Holds()
    limits: Limits = Limits()
    hours: Hours = Hours()
    targets: Targets = Targets()
    canary: Canary = Canary()

    @cached_property
    def sender(self) -> Address:
        """What stands in From of every letter."""
        return Address(self.from_name or self.name, self.address)

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(Address("", one).key for one in (self.address, *self.aliases))


class Config(Table):
    """The whole file."""

    mailticket: Desk = Desk()
    web: Web = Web()
    csr: tuple[Csr, ...] = ()
    role: tuple[Role, ...] = ()
    service: tuple[Service, ...] = ()
    blacklist: tuple[BlacklistRule, ...] = ()
    field: tuple[CustomField, ...] = ()
    trigger: tuple[Trigger, ...] = ()
    workflow: tuple[Workflow, ...] = ()
    answer: tuple[AnswerTemplate, ...] = ()

    def service_named(self, name: str) -> Service | None:
        return next((one for one in self.service if one.name == name), None)

    def csr_at(self, address: str) -> Csr | None:
        """The CSR who writes from this address (aliases count)."""
        return self.csr_by_key.get(Address("", address).key)

    @cached_property
    def csr_by_key(self) -> dict[str, Csr]:
        """Each CSR by all of their addresses, normalised; of two with the same one the first."""
        return {key: one for one in reversed(self.csr) for key in one.keys}

    def role_named(self, name: str) -> Role | None:
        return next((one for one in self.role if one.name == name), None)

    def sharing(self, service: Service) -> tuple[str, ...]:
        """The names of the services whose cases the same people answer: this one first."""
        others = [one for one in self.service if one.first_level == service.first_level != "" and one is not service]
        return (service.name, *(one.name for one in others if one.name != service.name))

    def members(self, role: str) -> tuple[Csr, ...]:
        """The CSRs of a role in config order; empty for an empty or unknown name."""
        found = self.role_named(role)
        return tuple(csr for one in found.members if (csr := self.csr_at(one))) if found else ()

    def fields_of(self, type: str) -> tuple[CustomField, ...]:
        """The custom fields of a case with this submission type, in config order."""
        return tuple(one for one in self.field if not one.types or (type and type in one.types))

    @property
    def submission_types(self) -> tuple[str, ...]:
        """All that custom fields name, each once."""
        named = dict.fromkeys(type for one in self.field for type in one.types)
        return tuple(one for one in named if one != OF_CUSTOMERS)

    @property
    def customer_fields(self) -> tuple[CustomField, ...]:
        """The custom fields of customers."""
        return tuple(one for one in self.field if OF_CUSTOMERS in one.types)

    @cached_property
    def our_keys(self) -> frozenset[str]:
        """All addresses that are ours: services and CSRs. None of them is ever a customer of itself."""
        return frozenset().union(*(one.keys for one in self.service), *(one.keys for one in self.csr))
