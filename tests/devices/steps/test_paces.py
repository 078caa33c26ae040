"""The paces that the house's drivers keep by themselves allow their health to be right within two seconds."""

import pytest

from devices.call_pad.driver import Pace as CallPadPace
from devices.led_sign.driver import Pace as SignPace
from devices.rating_pad.driver import Pace as PadPace
from devices.serial_line import READ_S
from devices.ticket_printer.driver import Patience
from devices.ticket_printer.frames import STATUS_QUESTIONS

HEALTH_S = 2.0


@pytest.mark.parametrize(
    ("asked_every_s", "silent_s", "reopen_s"),
    [
        (PadPace().ping_s, PadPace().silent_s, PadPace().reopen_s),
        (CallPadPace().ping_s, CallPadPace().silent_s, CallPadPace().reopen_s),
        (SignPace().ask_s, SignPace().silent_s, SignPace().reopen_s),
    ],
    ids=["rating pad", "call pads", "sign"],
)
def test_silence_a_pulled_cable_and_their_ends_are_known_in_time(
    asked_every_s: float, silent_s: float, reopen_s: float
) -> None:
    assert silent_s + READ_S < HEALTH_S
    assert asked_every_s + READ_S < silent_s
    assert reopen_s + READ_S < HEALTH_S


def test_a_printer_that_is_asked_answers_or_is_called_silent_in_time() -> None:
    assert len(STATUS_QUESTIONS) * Patience().answer_s < HEALTH_S
