"""`hall doctor` on the hall's voices: which clips they lack."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from server.contract.clips import ClipSet
from server.contract.voice import Manner
from server.findings import Finding, Findings, Health
from server.settings import ConfigError, Settings, read_toml

NAMED = 4
"""Missing clips that are named; of the others the number tells enough."""


def voices(settings: Settings) -> Findings:
    """Announcers of devices.toml and the displays' voice, against the branch's letters and counters."""
    for name, manner, calls in _manners(settings):
        folder = settings.config_dir / manner.voices
        calling = manner.files(settings.hall.counters, "".join(settings.hall.series))
        wanted = list(calling if calls else manner.asking_files())
        faults = ClipSet(partial(_read, folder)).missing(wanted)
        if not faults:
            yield Finding("voices", Health.OK, f"{name}: {len(wanted)} clips")
            continue
        more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        what = f"{name}, {folder}: {'; '.join(faults[:NAMED])}{more}"
        yield Finding("voices", Health.FAULT, what, "record them, or run `hall device voices`")


def _read(folder: Path, file: str) -> bytes:
    return (folder / file).read_bytes()


def _manners(settings: Settings) -> Iterator[tuple[str, Manner, bool]]:
    """By name, and whether it calls; one at a counter asks. What else is wrong in devices.toml is told elsewhere."""
    if settings.voice is not None:
        yield "displays", settings.voice, True
    try:
        listed = read_toml(settings.config_dir / "devices.toml").get("devices", {})
    except ConfigError:
        return
    for name, device in listed.items() if isinstance(listed, dict) else ():
        if isinstance(device, dict) and device.get("kind") == "announcer":
            try:
                manner = Manner.model_validate({key: device[key] for key in Manner.model_fields if key in device})
                yield name, manner, "counter" not in device
            except ValidationError:
                continue
