"""`python -m devices station` joins this machine's devices to the hall, `simulate` plays them, `voices` makes clips."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from random import Random

from devices.bootstrap import build_simulation, build_station
from devices.errors import ConfigError
from server.contract.words import Language


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The exit code: 0 after a signal to end, 2 where the configuration is wrong."""
    wish = _parser(environ).parse_args(arguments)
    if wish.program == "voices":
        return _make_voices(wish)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: ended.set())
    try:
        if wish.program == "simulate":
            program = build_simulation(wish.config, environ, wish.control, Random(wish.seed))  # noqa: S311 -- the noise of broken devices
        else:
            program = build_station(wish.config, environ)
    except ConfigError as cause:
        sys.stderr.write(f"{cause}\n")
        return 2
    program.start()
    while not ended.wait(1):
        continue
    program.stop()
    return 0


def _make_voices(wish: argparse.Namespace) -> int:
    from devices.announcer.making import NoVoice, make_clips

    try:
        made = make_clips(wish.to or wish.config / "voices", wish.languages, range(1, wish.counters + 1))
    except NoVoice as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    sys.stdout.write(f"{made} clips made; those that were there are as they were\n")
    return 0


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devices", description=__doc__)
    config = Path(environ.get("HALL_CONFIG", "config"))
    programs = parser.add_subparsers(dest="program", required=True)
    station = programs.add_parser("station", help="join this machine's devices to the hall")
    simulate = programs.add_parser("simulate", help="play the far end of every device")
    voices = programs.add_parser("voices", help="make the clips that are missing with espeak-ng")
    voices.add_argument("--to", type=Path, help="folder of the clips (CONFIG/voices)")
    voices.add_argument("--counters", type=int, default=20, help="highest counter to be called (%(default)s)")
    voices.add_argument("--languages", nargs="+", type=Language, default=list(Language), help="zh-CN en vi ru")
    for program in (station, simulate, voices):
        program.add_argument("--config", type=Path, default=config, help="directory of devices.toml (%(default)s)")
    simulate.add_argument("--control", type=int, default=0, help="loopback port of the buttons; 0: any free one")
    simulate.add_argument("--seed", type=int, default=7, help="of the noise that broken devices make")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
