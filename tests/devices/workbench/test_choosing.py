"""Every driver's sample is an entry that may stand in devices.toml, and its far end tells its own buttons."""

import socket
from pathlib import Path
from random import Random

import pytest

from devices.errors import ConfigError
from devices.registry import DRIVERS, far_end, load_devices
from devices.workbench.choosing import choose, entry_of

SIMULATED = [(kind, name) for kind, drivers in DRIVERS.items() for name, driver in drivers.items() if driver.sample]


def entry(kind: str, name: str) -> str:
    fields = {"kind": kind, "driver": name, **DRIVERS[kind][name].sample}
    if "tcp" in fields:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            fields["tcp"] = {"host": "127.0.0.1", "port": probe.getsockname()[1]}
    return entry_of("one", fields)


@pytest.mark.parametrize(("kind", "name"), SIMULATED)
def test_a_sample_is_an_entry_and_mending_undoes_every_button(kind: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "devices.toml").write_text(entry(kind, name), encoding="utf-8")
    (device,) = load_devices(tmp_path, tmp_path)
    machine = far_end(device, Random(1))
    machine.start()
    try:
        assert machine.look()["faults"] == []
        for button in machine.buttons:
            if button.name != "unplug":
                told = {argument.name: "x" for argument in button.arguments if argument.left_out is None}
                machine.do({"do": button.name, **told})
        machine.do({"do": "unplug"})
        assert "unplugged" in machine.look()["faults"]
        machine.do({"do": "mend"})
        assert machine.look()["faults"] == []
        assert set(machine.do({"do": "buttons"})["buttons"]) == {button.name for button in machine.buttons}
        with pytest.raises(ValueError, match="has no button 'jump'; it has "):
            machine.do({"do": "jump"})
    finally:
        machine.stop()


def test_every_kind_can_be_simulated_without_an_entry(tmp_path: Path) -> None:
    for kind in DRIVERS:
        (device,) = choose(tmp_path, tmp_path, kind).devices
        assert device.kind == kind


def test_an_unknown_driver_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'star' is no ticket_printer that .*; it is one of escpos"):
        choose(tmp_path, tmp_path, "ticket_printer", "star")
