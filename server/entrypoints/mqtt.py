"""The server's way in from the broker: presses and the health of devices."""

from collections.abc import Callable

from server.contract.messages import Stored
from server.contract.topics import DEVICE_ALERT, DEVICE_PART, DEVICE_STATE, RATING, STORED
from server.entrypoints.devices import Devices
from server.entrypoints.misuse import Misuse
from server.entrypoints.presses import Presses, TakePress
from server.link.broker import BrokerLink


class HallMqtt:
    """Joins the line to what hears from it; `devices` is what boards read."""

    def __init__(
        self, link: BrokerLink, devices: Devices, take_press: TakePress, misuse: Misuse, *, new_id: Callable[[], str]
    ) -> None:
        self._link = link
        self._new_id = new_id
        presses = Presses(take_press, self._stored, owns_pads=devices.owns_pads)
        link.guard(misuse.admits, misuse.refused)
        misuse.after_flood = link.ask_again
        link.watch(devices.hear_line)
        link.hear(DEVICE_STATE, devices.hear_state)
        link.hear(DEVICE_PART, devices.hear_part)
        link.hear(DEVICE_ALERT, devices.hear_alert)
        link.hear(RATING, presses.hear)

    def start(self) -> None:
        """Connects in the background; a broker that is away is waited for."""
        self._link.start()

    def stop(self) -> None:
        self._link.stop()

    def _stored(self, device: str, boot: str, upto: int) -> None:
        self._link.publish(STORED, Stored(id=self._new_id(), boot=boot, upto=upto), device=device)
