"""Goal 13: presses that wait at the pads while broker and server are dead, each counted once."""

import tempfile
from pathlib import Path

from server.demo.bench.figures import Figure, at_least
from server.demo.bench.hall import Ground
from server.demo.presses import press_all


def presses_kept(ground: Ground) -> list[Figure]:
    """Each press is that of another customer and belongs to the rating of that visit alone."""
    wanted, counters = ground.amount(5000, 12), ground.amount(90, 6)
    with tempfile.TemporaryDirectory(prefix="powerhall-bench-", dir=ground.directory) as home:
        pressed = press_all(ground.config_dir, Path(home), wanted, counters)
    kills = ", ".join(f"{name} {times}" for name, times in sorted(pressed.kills.items()))
    seen = f"{pressed.kept} waited on disk; killed -9: {kills}; told within {pressed.drained_s:.0f} s"
    if pressed.problems:
        seen += f"; {pressed.problems[0]}"
    return [at_least(13, "presses queued and counted once, each for its own visit", pressed.counted, wanted, seen)]
