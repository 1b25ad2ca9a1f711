"""/healthz and /metrics: what monitors may know, which is nothing of a customer and no server's words. I/O."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from mailticket.domain.alarms import kind_of
from mailticket.health import Board

#: Served by whatever name the machine is called, for monitors call it by its number.
PATHS = frozenset({"/healthz", "/metrics"})
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Monitored:
    """Answers monitors from one board."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def healthz(self) -> Response:
        """200 while all is well, else 503; as JSON what is wrong, whose it is, and since when."""
        troubles = [
            {
                "kind": one.wrong.kind,
                "of": one.wrong.of,
                "since": one.since.isoformat(timespec="seconds"),
                "title": kind_of(one.wrong.kind).title,
            }
            for one in self._board.troubles()
        ]
        said = {"status": "trouble" if troubles else "ok", "troubles": troubles}
        return JSONResponse(said, status_code=503 if troubles else 200)

    def metrics(self) -> Response:
        """Prometheus's text format."""
        return Response(self._board.metrics(), media_type=_PROMETHEUS)
