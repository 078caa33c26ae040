"""Ticket printers: what a technician writes of each, and what the entry builds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import Field, ValidationInfo, model_validator

from devices.config import Part
from devices.entries import CablePart, Device, Driver, Hex, Place, far_line, stable_path
from devices.farend import Machine
from devices.protocols import TicketPrinter
from devices.resources import FilePath, Resource, UsbPort
from devices.ticket_printer.profiles import with_profile

if TYPE_CHECKING:
    from devices.ticket_printer.rollbook import RollBook

MM_A_METRE = 1000


Metres = Annotated[float, Field(ge=0, le=1000)]


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


class PresenterPart(Part):
    """What holds a slip out; commands in hex."""

    present: Hex
    hold_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    ask: Hex = ""
    out_mask: Annotated[int, Field(ge=0, le=0xFF)] = 0
    retract: Hex = ""


class PrinterPart(CablePart):
    """A ticket printer that speaks ESC/POS; keys that are left out are those of its profile."""

    usb: UsbPart | None = None
    file: FilePart | None = None
    dots: Annotated[int, Field(ge=384, le=832, multiple_of=8)] = 576
    chinese_font: bool = True
    native_qr: bool = True
    raster_budget: Annotated[int, Field(ge=6_000, le=200_000)] = 12_000
    cutter: Literal["feed-partial", "partial", "full", "presenter", "none"] = "feed-partial"
    blade_mm: Annotated[int, Field(ge=0, le=100)] = 12
    presenter: PresenterPart | None = None
    says: tuple[Literal["dle-eot", "marker", "asb"], ...] = ("dle-eot", "marker")
    roll_metres: Annotated[float, Field(gt=0, le=1000)] = 80.0
    near_end_metres: Metres = 0.0

    @model_validator(mode="before")
    @classmethod
    def _with_profile(cls, fields: Any, info: ValidationInfo) -> Any:
        return with_profile(fields, info.context) if isinstance(fields, dict) and info.context else fields

    @model_validator(mode="after")
    def _one_cable(self) -> Self:
        given = [name for name in ("serial", "tcp", "usb", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of serial, tcp, usb, file; it has {', '.join(given) or 'none'}")
        if (self.cutter == "presenter") != (self.presenter is not None):
            raise ValueError('cutter: "presenter" and the key presenter go together')
        return self

    @property
    def ending(self) -> bytes:
        """What follows the last line of a slip."""
        from devices.ticket_printer import frames
        from devices.ticket_printer.length import DOTS_A_MM

        to_the_blade = frames.feed_dots(self.blade_mm * DOTS_A_MM)
        return {
            "feed-partial": frames.CUT,
            "partial": to_the_blade + frames.PARTIAL_CUT,
            "full": to_the_blade + frames.FULL_CUT,
            "none": to_the_blade,
            "presenter": bytes.fromhex(self.presenter.present) if self.presenter else b"",
        }[self.cutter]


def roll_book(device: Device) -> "RollBook":
    """The count of the device's paper; `device` is a ticket printer."""
    from devices.ticket_printer.rollbook import RollBook

    part = cast("PrinterPart", device.part)
    return RollBook(
        device.data_dir / f"{device.name}.roll",
        round(part.roll_metres * MM_A_METRE),
        lambda: datetime.now(UTC),
        near_end_mm=round(part.near_end_metres * MM_A_METRE),
        fed_mm=part.blade_mm,
    )


def _port(device: Device) -> Resource:
    assert device.resource is not None
    return device.resource


def _escpos(device: Device) -> TicketPrinter:
    """Parts are imported where they are built, so that a machine needs the libraries of its own devices alone."""
    from devices.ticket_printer.cable import cable_to
    from devices.ticket_printer.driver import EscposTicketPrinter, Says
    from devices.ticket_printer.layout import Paper
    from devices.ticket_printer.presenter import Holding, Presenter

    part = cast("PrinterPart", device.part)
    held = part.presenter
    holding = held and Holding(held.hold_s, bytes.fromhex(held.ask), held.out_mask, bytes.fromhex(held.retract))
    return EscposTicketPrinter(
        device.name,
        cable_to(device.name, _port(device)),
        Paper(part.dots, part.chinese_font, part.raster_budget, part.native_qr, part.ending),
        says=Says("dle-eot" in part.says, "marker" in part.says, "asb" in part.says),
        presenter=Presenter(holding) if holding else None,
        roll=roll_book(device),
    )


def _escpos_far_end(device: Device, random: Random) -> Machine:
    from devices.ticket_printer.simulator import SimulatedPrinter

    return SimulatedPrinter(far_line(device, _port(device)), random)


DRIVERS: Mapping[str, Driver] = {
    "escpos": Driver(PrinterPart, _escpos, _escpos_far_end, {"at": "kiosk-1", "serial": {"path": "serial/printer"}}),
}
