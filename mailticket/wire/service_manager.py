"""What systemd is told: READY, RELOADING, STOPPING, WATCHDOG (sd_notify(3)). Silent where no manager listens. I/O."""

from __future__ import annotations

import logging
import os
import socket
import time

log = logging.getLogger(__name__)


def notify(*lines: str) -> bool:
    """Sends state lines such as "READY=1"; False where nobody listens, which is no reason to stop working."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    path = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.connect(path)
            channel.sendall("\n".join(lines).encode())
        except OSError as error:
            log.debug("nobody listens at NOTIFY_SOCKET=%s: %s", address, error)
            return False
    return True


def reloading() -> bool:
    """RELOADING with the moment that systemd asks for (Type=notify-reload)."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_every() -> float | None:
    """Seconds between two signs of life: half of what the unit allows; None without a watchdog."""
    usec = os.environ.get("WATCHDOG_USEC", "")
    return int(usec) / 2_000_000 if usec.isdigit() and int(usec) else None
