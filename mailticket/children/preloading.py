"""Loaded first by the fork server: nothing that it loads is garbage, so nothing looks for any. I/O.

Each child looks again, at what is its own alone (`life.begin`): what it has of the fork server is then neither read nor
copied for it (docs.python.org/3/library/gc.html#gc.freeze).
"""

from __future__ import annotations

import gc

gc.disable()
