"""Ticket printers: what a technician writes of each, and what the entry builds."""

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Annotated, Self, cast

from pydantic import Field, model_validator

from devices.entries import (
    CablePart,
    Device,
    Driver,
    Place,
    far_line,
    stable_path,
)
from devices.farend import Machine
from devices.protocols import TicketPrinter
from devices.resources import FilePath, Resource, UsbPort


class UsbPart(Place):
    vendor: Annotated[int, Field(ge=0, le=0xFFFF)]
    product: Annotated[int, Field(ge=0, le=0xFFFF)]

    def resource(self, data_dir: Path) -> UsbPort:
        del data_dir
        return UsbPort(self.vendor, self.product)


class FilePart(Place):
    path: Annotated[str, Field(min_length=1)]

    def resource(self, data_dir: Path) -> FilePath:
        return FilePath(stable_path(self.path, data_dir))


class PrinterPart(CablePart):
    """A ticket printer that speaks ESC/POS."""

    usb: UsbPart | None = None
    file: FilePart | None = None
    dots: Annotated[int, Field(ge=384, le=832, multiple_of=8)] = 576
    chinese_font: bool = True
    raster_budget: Annotated[int, Field(ge=6_000, le=200_000)] = 12_000

    @model_validator(mode="after")
    def _one_cable(self) -> Self:
        given = [name for name in ("serial", "tcp", "usb", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of serial, tcp, usb, file; it has {', '.join(given) or 'none'}")
        return self


def _port(device: Device) -> Resource:
    assert device.resource is not None
    return device.resource


def _escpos(device: Device) -> TicketPrinter:
    """Parts are imported where they are built, so that a machine needs the libraries of its own devices alone."""
    from devices.ticket_printer.cable import cable_to
    from devices.ticket_printer.driver import EscposTicketPrinter
    from devices.ticket_printer.layout import Paper

    part = cast("PrinterPart", device.part)
    paper = Paper(part.dots, part.chinese_font, part.raster_budget)
    return EscposTicketPrinter(device.name, cable_to(device.name, _port(device)), paper)


def _escpos_far_end(device: Device, random: Random) -> Machine:
    from devices.ticket_printer.simulator import SimulatedPrinter

    return SimulatedPrinter(far_line(device, _port(device)), random)


DRIVERS: Mapping[str, Driver] = {
    "escpos": Driver(PrinterPart, _escpos, _escpos_far_end, {"at": "kiosk-1", "serial": {"path": "serial/printer"}}),
}
