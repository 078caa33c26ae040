"""What `hall doctor` sees of the devices: is each port there, may it be opened, who has it, does a printer answer.

Looks only: no slip is printed, no lamp is lit, and a port that another program has is left alone.
"""

import getpass
import os
import queue
import socket
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from time import monotonic
from typing import cast

from serial.tools.list_ports import comports

from devices.announcer.registry import AnnouncerPart
from devices.entries import Device
from devices.errors import ConfigError
from devices.health import Cause, Health, HealthState
from devices.protocols import ANNOUNCER, CARD_READER, RATING_PAD, TICKET_PRINTER, TicketPrinter
from devices.registry import build
from devices.resources import FilePath, InputPort, SerialPort, TcpPort, UsbPort

ENOUGH_S = 8.0
"""For all devices together, whatever they do."""
_KNOCK_S = 2.0
_PASSING = ("/dev/ttyUSB", "/dev/ttyACM", "/dev/input/event")
"""Names that go to whatever is plugged in first."""
_USB = Path("/sys/bus/usb/devices")
OK, LOOK, FAULT = "ok", "look", "fault"
_PROGRAMS = frozenset({"devices", "kiosk", "station"})
"""Words by which a process is one of the hall's that open ports."""
_DO: Mapping[Cause, str] = {
    Cause.PAPER_OUT: "put a roll in",
    Cause.PAPER_NEAR_END: "have a roll ready",
    Cause.ROLL_ENDING: "have a roll ready; if a new one is in: `hall device roll NAME`",
    Cause.COVER_OPEN: "close its cover",
    Cause.CUTTER: "free its cutter, switch it off and on",
    Cause.SILENT: "is it on, with the speed and address of devices.toml? What a program holds answers nobody else",
    Cause.UNPLUGGED: "is it on, is its cable in?",
    Cause.IN_USE: "stop the program that holds its port, as `systemctl stop powerhall-station`",
    Cause.STUCK_KEY: "free the key that hangs",
    Cause.FLOOD: "does somebody play with it, or does its line pick up noise?",
    Cause.UNREADABLE: "take the card away, try another",
    Cause.CLIPS: "make the missing words with `hall device voices`, or record them",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """As a line of `hall doctor`; `health` is ok, look or fault."""

    health: str
    what: str
    to_do: str = ""


def examine(devices: Sequence[Device], within_s: float = ENOUGH_S) -> list[Finding]:
    """One finding a device, in their order; then ports that two programs name."""
    held = _held()
    said: queue.Queue[tuple[str, Finding]] = queue.Queue()

    def look(device: Device) -> None:
        said.put((device.name, _device(device, held)))

    for each in devices:
        threading.Thread(target=look, args=(each,), daemon=True).start()
    found: dict[str, Finding] = {}
    until = monotonic() + within_s
    while len(found) < len(devices):
        try:
            name, finding = said.get(timeout=max(until - monotonic(), 0.001))
        except queue.Empty:
            break
        found[name] = finding
    return [*(found.get(each.name) or _late(each) for each in devices), *_shared(devices)]


def to_do(causes: Iterable[Cause]) -> str:
    """What a technician does about these."""
    return "; ".join(_DO.get(cause, "see its display, switch it off and on") for cause in sorted(causes))


def _shared(devices: Sequence[Device]) -> Iterator[Finding]:
    """A name such as COM3 may be right on two machines; of one machine's port it is right once."""
    named: dict[str, Device] = {}
    for device in devices:
        match device.resource:
            case SerialPort(path=path) | InputPort(path=path) | FilePath(path=path) if _is_there(Path(path)):
                other = named.setdefault(str(Path(path).resolve()), device)
                if other.at != device.at:
                    what = f"{other.name} of {other.at} and {device.name} of {device.at} name one port, {path}"
                    yield Finding(LOOK, what, "right on two machines only; on one, correct devices.toml")


def _late(device: Device) -> Finding:
    return Finding(
        LOOK, f"{device.name} has not answered in time", f"see that it is on; `hall device test {device.name}`"
    )


def _device(device: Device, held: Mapping[str, int]) -> Finding:
    if device.kind == CARD_READER:
        try:
            build(device)
        except ConfigError as wrong:
            return Finding(FAULT, str(wrong), "no card is read before")
    match device.resource:
        case TcpPort() as port:
            return _at_tcp(device, port)
        case UsbPort() as port:
            return _at_usb(device, port)
        case None:
            return _without_port(device)
        case SerialPort(path=path) | InputPort(path=path) | FilePath(path=path):
            return _at_path(device, Path(path), held)


def _at_path(device: Device, path: Path, held: Mapping[str, int]) -> Finding:
    name = device.name
    if not _is_there(path):
        return Finding(LOOK, f"{name}: {path} is not there", f"is it plugged in at {device.at}? see `hall device list`")
    if os.name == "nt":
        return _answer(device) if device.kind == TICKET_PRINTER else Finding(OK, f"{name}: {path} is there")
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        group, user = _group(path), getpass.getuser()
        join = f"sudo usermod -aG {group} {user}, then sign in anew"
        return Finding(FAULT, f"{name}: {user} may not open {path}, which belongs to group {group}", join)
    if not stat.S_ISCHR(path.stat().st_mode):
        what = "a folder" if path.is_dir() else "a plain file"
        return Finding(FAULT, f"{name}: {path} is {what} and no port", "name the port; see `hall device list`")
    if (process := held.get(str(path.resolve()))) is not None:
        return _in_use(device, path, process)
    if str(path).startswith(_PASSING):
        by_id = path.parent / ("by-id" if path.parent.name == "input" else "serial/by-id")
        stable = next((str(link) for link in sorted(by_id.glob("*")) if link.resolve() == path.resolve()), "")
        write = f"write {stable or f'its name in {by_id}'} in devices.toml"
        return Finding(LOOK, f"{name}: {path} may be another device after the next plugging", write)
    return _answer(device) if device.kind == TICKET_PRINTER else Finding(OK, f"{name}: {path} is there and free")


def _is_there(path: Path) -> bool:
    """On Windows a port is no file."""
    return os.access(path, os.F_OK) or str(path).upper() in {port.device.upper() for port in comports()}


def _in_use(device: Device, path: Path, process: int) -> Finding:
    words = _read(Path(f"/proc/{process}/cmdline")).split("\0")
    what = f"{device.name}: {path} is in use by process {process}"
    if _PROGRAMS & {*words}:
        return Finding(OK, f"{what}; the board tells how it is")
    program = Path(words[0]).name
    return Finding(
        LOOK, f"{what}, {program}, which is none of the hall's", f"stop {program}: {device.at} cannot open it"
    )


def _at_tcp(device: Device, port: TcpPort) -> Finding:
    place = f"{port.host}:{port.port}"
    try:
        socket.create_connection((port.host, port.port), _KNOCK_S).close()
    except OSError:
        return Finding(
            LOOK, f"{device.name} does not answer at {place}", "is it on, is its cable in, is the address right?"
        )
    return _answer(device) if device.kind == TICKET_PRINTER else Finding(OK, f"{device.name} answers at {place}")


def _at_usb(device: Device, port: UsbPort) -> Finding:
    wanted = f"{port.vendor:04x}:{port.product:04x}"
    for entry in _USB.glob("*/idVendor"):
        folder = entry.parent
        if f"{_read(entry)}:{_read(folder / 'idProduct')}" == wanted:
            node = Path(f"/dev/bus/usb/{int(_read(folder / 'busnum')):03d}/{int(_read(folder / 'devnum')):03d}")
            if os.access(node, os.R_OK | os.W_OK):
                return Finding(OK, f"{device.name} is plugged in as USB {wanted}")
            rule = f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{port.vendor:04x}", GROUP="lp", MODE="0660"'
            what = f"{device.name}: {getpass.getuser()} may not open USB {wanted}"
            return Finding(FAULT, what, f"join group lp and write in /etc/udev/rules.d/60-hall.rules: {rule}")
    return Finding(
        LOOK, f"{device.name}: no USB device {wanted} is there", f"is it plugged in at {device.at}? see lsusb"
    )


def _without_port(device: Device) -> Finding:
    if device.kind == RATING_PAD:
        return Finding(OK, f"{device.name} speaks to the broker by itself; the board tells how it is")
    player = cast("AnnouncerPart", device.part).player if device.kind == ANNOUNCER else None
    if player and which(player[0]) is None:
        return Finding(LOOK, f"{device.name}: there is no program {player[0]} here", f"install it at {device.at}")
    return Finding(OK, f"{device.name} is configured")


def _answer(device: Device) -> Finding:
    printer = cast("TicketPrinter", build(device))
    try:
        return _judged(device.name, printer.health())
    finally:
        printer.close()


def _judged(name: str, health: Health) -> Finding:
    causes = sorted(health.causes)
    told = ", ".join(cause.value.replace("_", " ") for cause in causes)
    match health.state:
        case HealthState.OK:
            return Finding(LOOK if causes else OK, f"{name} answers: {told or 'all is well'}", to_do(causes))
        case HealthState.FAULT:
            return Finding(FAULT, f"{name} answers: {told}", to_do(causes))
        case HealthState.UNKNOWN:
            return Finding(LOOK, f"{name} does not say how it is{': ' + told if told else ''}", to_do(causes))


def _held() -> dict[str, int]:
    """Process by the device file it has open, of those processes that this user may see into."""
    held: dict[str, int] = {}
    for entry in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith("/dev/") and int(entry.parts[2]) != os.getpid():
            held[target] = int(entry.parts[2])
    return held


def _group(path: Path) -> str:
    try:
        return path.group()
    except (KeyError, OSError):
        return "dialout"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return "0"
