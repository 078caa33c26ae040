"""Goal 8: what a ticket costs on the wire to a text-capable printer."""

from server.contract.words import Language
from server.demo.bench.figures import Figure, at_most
from server.demo.bench.hall import Ground, bench_hall
from server.demo.simulated import Simulators

TEXT_BYTES, RASTER_BYTES = 600, 12_000
LIMITS = {
    Language.ZH: TEXT_BYTES,
    Language.EN: TEXT_BYTES,
    Language.VI: RASTER_BYTES,
    Language.RU: RASTER_BYTES,
}
SERIAL_BYTES_A_SECOND = 960
"""9600 baud."""


def ticket_bytes(ground: Ground) -> list[Figure]:
    """A real kiosk prints one ticket in each language into the simulated printer."""
    with bench_hall(ground, whole=True) as hall:
        for language in LIMITS:
            answer = hall.touch("pay", language)
            if answer["printed"] != "printed":
                raise RuntimeError(f"the kiosk did not print: {answer}")
        slips = Simulators(hall.stage.control_port).slips("printer-1")
    return [
        at_most(
            8,
            f"a ticket in {language.value} on the wire, bytes",
            slip.size,
            limit,
            f"{slip.size / SERIAL_BYTES_A_SECOND:.2f} s at 9600 baud",
        )
        for (language, limit), slip in zip(LIMITS.items(), slips, strict=True)
    ]
