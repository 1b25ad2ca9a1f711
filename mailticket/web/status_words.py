"""What the page of a status link says: a table. Touches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailticket.domain.case import Status

#: Status: title, what will happen, button, what was done, command.
STATUS_WORDS: Mapping[Status, tuple[str, str, str, str, str]] = MappingProxyType(
    {
        Status.OPENED: (
            "Set this case to opened",
            "The case will go on: it will be opened.",
            "Set to opened",
            "The case is opened.",
            "",
        ),
        Status.PENDING: (
            "Set this case to pending",
            "The case will wait until the customer writes.",
            "Set to pending",
            "The case is pending.",
            "#pending",
        ),
        Status.RESOLVED: (
            "Resolve this case",
            "The case will be resolved. If the customer writes again, it opens again.",
            "Resolve the case",
            "The case is resolved.",
            "#resolve",
        ),
        Status.CLOSED: (
            "Close this case",
            "The case will be closed. If the customer writes again, it opens again.",
            "Close the case",
            "The case is closed.",
            "#close",
        ),
        Status.REOPENED: (
            "Reopen this case",
            "The case will be open again.",
            "Reopen the case",
            "The case is open again.",
            "#reopen",
        ),
        Status.SPAM: (
            "Mark this case as spam",
            "The case will go to the spam box. Its sender is not blacklisted by that.",
            "Mark as spam",
            "The case is in the spam box.",
            "#spam",
        ),
    }
)
