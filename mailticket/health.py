"""What is wrong now and since when, and the figures for monitors; the only importer of prometheus-client. I/O."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mailticket.domain.alarms import kind_of

log = logging.getLogger(__name__)

#: A look is good for so many seconds; who asks more often is told the same again.
FRESH_FOR = 1.0
#: Whoever asks waits so long for a look that is under way; then the look itself is what is wrong.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong: a kind of `domain.alarms`, whose trouble it is ("" nobody's), and what happened.

    `what` is for operators (log, alarm); it may hold a server's words and never stands in `/healthz`.
    """

    kind: str
    of: str
    what: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.of}" if self.of else self.kind


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong, and since when."""

    wrong: Wrong
    since: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure: which of GAUGES, its value (seconds, bytes, a number), and whose it is."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


#: A probe gives what it finds wrong, and figures.
Probe = Callable[[], Iterable[Wrong | Sample]]

#: What each figure means.
GAUGES: dict[str, str] = {
    "inbox_waiting": "Mails that wait for their turn",
    "inbox_oldest_unprocessed_seconds": "Age of the oldest of them",
    "inbox_shunted": "Mails set aside for a human",
    "outbox_waiting": "Letters that wait to be sent, by kind",
    "outbox_oldest_seconds": "How long the oldest of them has been due, by kind",
    "outbox_dead": "Letters that were given up, by kind",
    "imap_last_ok_seconds": "Seconds since a mailbox was looked at without trouble, by service",
    "canary_round_trip_seconds": "How long the last mail of a service to itself took, by service",
    "disk_free_bytes": "Free space where the data lies",
    "webhook_waiting": "Webhook calls that wait",
}

_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
_mails = Counter("mailticket_mails", "Mails by what became of them", ["service", "outcome"], registry=_registry)
_letters = Counter("mailticket_letters", "Letters by their end", ["service", "kind", "end"], registry=_registry)
_suppressed = Counter("mailticket_suppressed", "Automatic mail not sent", ["service", "reason"], registry=_registry)


def count_mail(service: str, outcome: str) -> None:
    """A mail was settled, or shunted."""
    _mails.labels(service, outcome).inc()


def count_letter(service: str, kind: str, end: str) -> None:
    """A letter was sent, failed, or its end was not seen."""
    _letters.labels(service, kind, end).inc()


def count_suppressed(service: str, reason: str) -> None:
    """A budget kept an automatic mail back."""
    _suppressed.labels(service, reason).inc()


class Board:
    """Asks the probes, at most once in FRESH_FOR seconds, and remembers since when each trouble lasts. Thread-safe."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes
        self._looking = threading.Lock()
        self._troubles: tuple[Trouble, ...] = ()
        self._samples: tuple[Sample, ...] = ()
        self._looked_at = -1e9

    @property
    def last(self) -> tuple[Trouble, ...]:
        """What was wrong at the last look, without a new one."""
        return self._troubles

    def troubles(self) -> tuple[Trouble, ...]:
        """What is wrong now, the longest first."""
        if not self._looking.acquire(timeout=PATIENCE):
            stuck = Wrong("database-away", "", f"for {PATIENCE:g} seconds nobody could look at it")
            return (*self._troubles, Trouble(stuck, datetime.now(UTC)))
        try:
            if time.monotonic() - self._looked_at > FRESH_FOR:
                self._look()
            return self._troubles
        finally:
            self._looking.release()

    def metrics(self) -> bytes:
        """The text format of Prometheus."""
        troubles = self.troubles()
        figures = CollectorRegistry()
        figures.register(_Figures(self._samples, troubles))
        return generate_latest(_registry) + generate_latest(figures)

    def _look(self) -> None:
        found = [one for probe in self._probes for one in _asked(probe)]
        since = {one.wrong.key: one.since for one in self._troubles}
        now = datetime.now(UTC)
        wrong = {one.key: one for one in found if isinstance(one, Wrong)}
        troubles = [Trouble(one, since.get(key, now)) for key, one in wrong.items()]
        self._troubles = tuple(sorted(troubles, key=lambda one: one.since))
        self._samples = tuple(one for one in found if isinstance(one, Sample))
        self._looked_at = time.monotonic()


class _Figures(Collector):
    """One look's figures as Prometheus wants them."""

    def __init__(self, samples: Iterable[Sample], troubles: Iterable[Trouble]) -> None:
        self._samples = list(samples)
        self._troubles = list(troubles)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, meaning in GAUGES.items():
            ours = [one for one in self._samples if one.name == name]
            labels = sorted({label for one in ours for label in one.labels})
            family = GaugeMetricFamily(f"mailticket_{name}", meaning, labels=labels)
            for one in ours:
                family.add_metric([one.labels[label] for label in labels], one.value)
            yield family
        wrong = GaugeMetricFamily("mailticket_trouble", "What is wrong now", labels=["kind", "of"])
        for trouble in self._troubles:
            wrong.add_metric([trouble.wrong.kind, trouble.wrong.of], 1)
        yield wrong


def _asked(probe: Probe) -> list[Wrong | Sample]:
    """What a probe finds. One that breaks is itself what is wrong."""
    try:
        return list(probe())
    except Exception as error:  # a monitor must answer, above all when something is broken
        log.exception("the desk could not look at itself")
        return [Wrong("worker-failing", "health", str(error))]


def sentence(troubles: Sequence[Trouble], watching: int) -> str:
    """One line for systemd's status."""
    if not troubles:
        return f"watching {watching} mailbox{'' if watching == 1 else 'es'}; all is well"
    first = troubles[0].wrong
    named = f"{kind_of(first.kind).title}{f' ({first.of})' if first.of else ''}"
    return named + (f", and {len(troubles) - 1} more" if len(troubles) > 1 else "")
