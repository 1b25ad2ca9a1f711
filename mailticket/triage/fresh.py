"""PURE: does a mail seem to depend on no other one, so that it may be handled before older mail?

By its header alone, before it is parsed. Whoever forges one gains a place in the order of mails, once at a time for an
address (`store.inbox.take`), and nothing else: what the mail means is decided when its turn has come.
"""

from __future__ import annotations

from collections.abc import Collection

from mailticket.config.models import Config
from mailticket.domain import case_id
from mailticket.domain.address import Address
from mailticket.domain.mail import FirstLook
from mailticket.triage.subject import says_answer


def is_fresh(look: FirstLook, commanding: Collection[str]) -> bool:
    """A person outside begins a matter: no answer, no forwarded mail, no case named, and nobody whose mails command."""
    if look.names_others or look.machine or len(look.senders) != 1:
        return False
    if case_id.find(look.subject) or says_answer(look.subject):
        return False
    return look.from_key not in commanding


def commanding(config: Config) -> frozenset[str]:
    """Address keys of ourselves, CSRs, admins and managers."""
    staff = (*config.mailticket.admins, *config.mailticket.managers)
    return config.our_keys | {Address("", one).key for one in staff}
