"""Which far ends a technician plays: those of devices.toml, or a sample of the kind that is not there yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devices.entries import DEVICES_FILE, Device, Driver
from devices.errors import ConfigError
from devices.registry import DRIVERS, load_devices

EVERY_KIND = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """`entries`: what is still to be written in devices.toml, by device."""

    devices: tuple[Device, ...]
    entries: Mapping[str, str] = field(default_factory=dict)


def choose(config_dir: Path, data_dir: Path, kind: str, driver: str = "") -> Choice:
    """All devices of `kind`, or of that `driver`; where there is none, one made from its sample. Raises ConfigError."""
    there = load_devices(config_dir, data_dir) if (config_dir / DEVICES_FILE).exists() else ()
    wanted = tuple(each for each in there if kind in {EVERY_KIND, each.kind} and driver in {"", each.part.driver})
    if wanted or kind == EVERY_KIND:
        return Choice(wanted)
    return _sample(kind, driver, data_dir)


def able(kind: str) -> dict[str, Driver]:
    """The drivers of a kind whose far end can be simulated without an entry."""
    return {name: each for name, each in DRIVERS[kind].items() if each.sample}


def _sample(kind: str, driver: str, data_dir: Path) -> Choice:
    drivers = able(kind)
    name = driver or next(iter(drivers))
    if name not in drivers:
        why = f"{name!r} is no {kind} that can be simulated without an entry; it is one of {', '.join(drivers)}"
        raise ConfigError(DEVICES_FILE, "", "driver", why)
    fields = {"kind": kind, "driver": name, **drivers[name].sample}
    device = Device(f"{kind.replace('_', '-')}-1", drivers[name].part.model_validate(fields), DEVICES_FILE, data_dir)
    return Choice((device,), {device.name: entry_of(device.name, fields)})


def entry_of(name: str, fields: Mapping[str, object]) -> str:
    """As it stands in devices.toml."""
    return "\n".join([f"[devices.{name}]", *(f"{key} = {_value(value)}" for key, value in fields.items())])


def _value(value: object) -> str:
    match value:
        case dict():
            return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
        case _:
            return json.dumps(value, ensure_ascii=False)
