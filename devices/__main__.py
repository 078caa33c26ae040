"""`python -m devices`: the station that joins a machine's devices to the hall, and what a technician does with them."""

import argparse
import importlib.util
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from random import Random

from devices.bootstrap import Program, build_simulation, build_station, log_for_people, log_through_logging
from devices.config import data_dir
from devices.doctor import FAULT, Finding, examine
from devices.entries import DEVICES_FILE, Device
from devices.errors import ConfigError, DeviceError
from devices.registry import DRIVERS, load_devices, read_entries
from devices.simulation import Simulation
from devices.technician import keyboards, new_roll, ports, try_out
from devices.workbench.bench import Workbench
from devices.workbench.by_hand import by_hand
from devices.workbench.choosing import EVERY_KIND, Choice, able, choose
from server.contract.words import Language

INTERRUPTED = 130
"""As shells say it of a program that Ctrl-C has ended."""
MOST_METRES = 1000


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The exit code: 0 when all is well, 1 when a device is not, 2 where the configuration is wrong."""
    wish = _parser(environ).parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    errands = {
        "station": _station,
        "simulate": _simulate,
        "ports": _ports,
        "test": _test,
        "doctor": _doctor,
        "voices": _make_voices,
        "roll": _roll,
    }
    try:
        return errands[wish.program](wish, environ)
    except DeviceError as cause:
        sys.stderr.write(f"{cause}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _station(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return _run_until_told(build_station(wish.config, environ))


def _simulate(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    choice = choose(wish.config, data_dir(environ), wish.kind, wish.driver)
    simulation = build_simulation(choice.devices, wish.control or 0, Random(wish.seed))  # noqa: S311 -- the noise of broken devices
    for entry in choice.entries.values():
        _say(f"devices.toml has no such device. This one is simulated, write it there:\n\n{entry}\n")
        _say(f"--driver simulates another: {', '.join(able(wish.kind))}\n")
    if wish.control is not None:
        return _run_until_told(simulation)
    if not wish.by_hand:
        return _on_screen(simulation, choice, wish.kind)
    simulation.start()
    try:
        by_hand(simulation, sys.stdin, _say)
    finally:
        simulation.stop()
    return 0


def _on_screen(simulation: Simulation, choice: Choice, kind: str) -> int:
    if not choice.devices:
        sys.stderr.write(f"devices.toml names no device; name a kind to simulate: {', '.join(DRIVERS)}\n")
        return 2
    if importlib.util.find_spec("_curses") is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("Here is no terminal to draw on; --by-hand takes one button a line.\n")
        return 2
    from devices.workbench import screen

    ended = _when_told_to_end()
    simulation.start()
    try:
        bench = Workbench(choice.devices, simulation.machines, datetime.now, choice.entries)
        screen.run(bench, f"Far ends: {kind}", ended)
    finally:
        simulation.stop()
    return 0


def _when_told_to_end() -> threading.Event:
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        signal.signal(each, lambda _number, _frame: ended.set())
    return ended


def _run_until_told(program: Program) -> int:
    ended = _when_told_to_end()
    program.start()
    while not ended.wait(1):
        continue
    program.stop()
    return 0


def _ports(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    _say("Serial ports of this machine:")
    for port in ports() or ["none"]:
        _say(f"  {port}")
    _say("Keyboards, and pads and readers that play one:")
    for keyboard in keyboards() or ["none"]:
        _say(f"  {keyboard}")
    _say("Devices of devices.toml:")
    for device in load_devices(wish.config, data_dir(environ)):
        _say(f"  {device.name:12} {device.kind} {device.part.driver}, {device.where}, opened by {device.at}")
    return 0


def _named(wish: argparse.Namespace, environ: Mapping[str, str]) -> Device:
    devices = {device.name: device for device in load_devices(wish.config, data_dir(environ))}
    if wish.name not in devices:
        known = f"there are {', '.join(devices)}" if devices else "it names no device"
        raise ConfigError(str(wish.config / DEVICES_FILE), wish.name, "", f"is not there; {known}")
    return devices[wish.name]


def _test(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    device = _named(wish, environ)
    log_for_people()
    well = try_out(device, _say, patience_s=wish.seconds)
    _say("all is well" if well else "something is not well; the lines above say what")
    return 0 if well else 1


def _roll(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    device = _named(wish, environ)
    log_for_people()
    return 0 if new_roll(device, wish.metres, _say) else 1


def _doctor(wish: argparse.Namespace, environ: Mapping[str, str]) -> int:
    log_through_logging()
    logging.getLogger().setLevel(logging.CRITICAL)
    entries = read_entries(wish.config, data_dir(environ))
    mistakes = [Finding(FAULT, str(mistake), "correct the file") for mistake in entries.mistakes]
    found = [*mistakes, *examine(entries.devices)]
    for each in found:
        told = json.dumps(asdict(each), ensure_ascii=False)
        words = f"{each.health:6} {each.what}{f'  -> {each.to_do}' if each.to_do else ''}"
        _say(told if wish.json else words)
    return 1 if any(each.health == FAULT for each in found) else 0


def _make_voices(wish: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from devices.announcer.making import NoVoice, make_clips

    try:
        made = make_clips(wish.to or wish.config / "voices", wish.languages, range(1, wish.counters + 1))
    except NoVoice as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    _say(f"{made} clips made; those that were there are as they were")
    return 0


def _metres(text: str) -> float:
    metres = float(text)
    if not 0 < metres <= MOST_METRES:
        raise argparse.ArgumentTypeError(f"a roll has more than 0 and at most {MOST_METRES} metres, not {text}")
    return metres


def _say(line: str) -> None:
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; what is still unwritten goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devices", description=__doc__)
    programs = parser.add_subparsers(dest="program", required=True)
    station = programs.add_parser("station", help="join this machine's devices to the hall")
    listing = programs.add_parser("ports", help="the ports of this machine and the devices of the hall")
    test = programs.add_parser("test", help="try one device out; stop the program that holds it first")
    doctor = programs.add_parser("doctor", help="is each device's port there, may it be opened, does a printer answer")
    simulate = programs.add_parser("simulate", help="play the far ends of one kind, or of all, on a screen")
    roll = programs.add_parser("roll", help="a new roll of paper was put in: its printer counts from the start")
    voices = programs.add_parser("voices", help="make the clips that are missing with espeak-ng")
    for program in (station, listing, test, doctor, roll, simulate, voices):
        program.add_argument(
            "--config",
            type=Path,
            default=Path(environ.get("HALL_CONFIG", "config")),
            help="directory of devices.toml (%(default)s)",
        )
    doctor.add_argument("--json", action="store_true", help="for programs")
    for program in (test, roll):
        program.add_argument("name", help="of the device, as in devices.toml")
    test.add_argument("--seconds", type=float, default=15.0, help="to wait for a key (%(default)s)")
    roll.add_argument("--metres", type=_metres, help="its length, where it is not the roll_metres of devices.toml")
    simulate.add_argument("kind", nargs="?", default=EVERY_KIND, choices=[EVERY_KIND, *DRIVERS], help="(%(default)s)")
    simulate.add_argument(
        "--driver", default="", help="of the devices; the kind's first where none stands in devices.toml"
    )
    how = simulate.add_mutually_exclusive_group()
    how.add_argument(
        "--control", type=int, help="no screen: programs press buttons on this loopback port; 0: a free one"
    )
    how.add_argument("--by-hand", action="store_true", help="no screen: one button a line, as `pad-1 press key=5`")
    simulate.add_argument("--seed", type=int, default=7, help="of the noise that broken devices make")
    voices.add_argument("--to", type=Path, help="folder of the clips (CONFIG/voices)")
    voices.add_argument("--counters", type=int, default=20, help="highest counter to be called (%(default)s)")
    voices.add_argument("--languages", nargs="+", type=Language, default=list(Language), help="zh-CN en vi ru")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
