"""The station's signs and voice over a real broker: they tell the hall's facts, each call once, and nothing stale."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import pytest

from devices.hall_facts import HallFacts
from devices.health import Health
from devices.parts import Parts
from devices.signs import Sign, Signs
from devices.speaking import Voice, Voices
from server.contract.common import Stamp
from server.contract.messages import CallNow, CallsNow, CounterNow, PartState, RatingWindow
from server.contract.sentences import Prompt, Utterance
from server.contract.topics import DEVICE_PART, LIVE_CALLS, LIVE_COUNTER, RATING_WINDOW
from server.contract.voice import Manner
from server.contract.words import CounterState, Language
from server.link.broker import LOST_AFTER_S, BrokerAddress, BrokerLink
from server.link.hearing import Heard
from server.link.presence import device_state, server_state

Wait = Callable[..., None]


class Logs(Protocol):
    def expect(self, pattern: str) -> None: ...


class Address(Protocol):
    host: str
    port: int


@dataclass
class Sheet:
    """An `LedSign` that is only looked at."""

    text: str = ""
    started: list[Callable[[Health], None]] = field(default_factory=list)

    def start(self, on_health: Callable[[Health], None]) -> None:
        self.started.append(on_health)

    def show(self, text: str) -> None:
        self.text = text

    def health(self) -> Health:
        return Health.of(())

    def close(self) -> None:
        pass


@dataclass
class Ear:
    """An `Announcer` that is only listened to."""

    heard: list[str] = field(default_factory=list)
    languages: list[tuple[Language, ...]] = field(default_factory=list)
    broken: bool = False

    def say(self, spoken: Utterance | Prompt) -> bool:
        if self.broken:
            raise RuntimeError("no such tongue")
        self.languages.append(spoken.languages)
        self.heard.append(spoken.number if isinstance(spoken, Utterance) else spoken.sentence)
        return True

    def health(self) -> Health:
        return Health.of(())


class Hall:
    """The server's side of the broker, and a station with two signs and a voice."""

    def __init__(self, branch: str, address: Address, stack: ExitStack) -> None:
        self.journal = "J1"
        self.passed_s = 0.0
        self.parts: dict[str, PartState] = {}
        self.counter, self.hall, self.narrow, self.plain = Sheet(), Sheet(), Sheet(), Sheet()
        self.ear, self.beside = Ear(), Ear()
        where = BrokerAddress(address.host, address.port, "server", "")
        self.server = BrokerLink(where, server_state(branch, lambda: (self.journal, 1)), heartbeat_s=0.2)
        station = BrokerLink(
            BrokerAddress(address.host, address.port, "station-1", ""), device_state(branch, "station-1", "station")
        )
        signs = (
            Sign("sign-1", self.counter, Language.ZH, 1, 0.2),
            Sign("sign-9", self.hall, Language.EN, None, 0.2, also_customers=True),
            Sign("sign-8", self.narrow, Language.ZH, None, 0.2, holds=lambda text: len(text) <= 9),
            Sign("sign-7", self.plain, Language.EN, None, 0.2, also_customers=True, speaks=lambda _language: False),
        )
        self.server.hear(DEVICE_PART, self._hear_part)
        parts = Parts(station, lambda: datetime.now(UTC))
        facts = HallFacts(station, clock=self.clock)
        facts.start()
        self.signs = Signs(facts, parts, signs, clock=self.clock)
        voices = (Voice("voice-1", self.ear, Manner()), Voice("voice-2", self.beside, Manner(), counter=2))
        self.voices = Voices(station, facts, parts, voices)
        for program in (self.signs, self.voices):
            program.start()
            stack.callback(program.stop)
        for link in (self.server, station):
            link.start()
            stack.callback(link.stop)
            assert link.wait_up(15)

    def _hear_part(self, heard: Heard[PartState]) -> None:
        if heard.message:
            self.parts[heard.ids["name"]] = heard.message

    def clock(self) -> float:
        return 1000 + self.passed_s

    def counter_is(self, state: CounterState, number: str | None = None, *, rev: int, journal: str = "J1") -> None:
        fact = CounterNow(stamp=_stamp(rev, journal), counter=1, state=state, number=number)
        self.server.publish(LIVE_COUNTER, fact, counter=1)

    def calls_are(self, *numbers: str, rev: int, language: Language | None = None) -> None:
        """A number with a `+` has been called once more."""
        calls = [
            CallNow(
                seq=seq,
                number=number.strip("+"),
                counter=1,
                service="pay",
                at=datetime.now(UTC),
                times=1 + number.count("+"),
                language=language,
            )
            for seq, number in enumerate(numbers, 1)
        ]
        self.server.publish(LIVE_CALLS, CallsNow(stamp=_stamp(rev, "J1"), calls=calls[::-1]))


def _stamp(rev: int, journal: str) -> Stamp:
    return Stamp(journal=journal, rev=rev, as_of=datetime.now(UTC))


@pytest.fixture
def hall(mosquitto: Address, branch_id: str) -> Iterator[Hall]:
    with ExitStack() as stack:
        yield Hall(branch_id, mosquitto, stack)


def test_a_counters_sign_follows_its_counter(hall: Hall, eventually: Wait) -> None:
    eventually(lambda: hall.counter.text == "请听叫号")

    hall.counter_is(CounterState.OPEN, "A023", rev=1)
    eventually(lambda: hall.counter.text == "A023")
    hall.counter_is(CounterState.PAUSED, rev=2)
    eventually(lambda: hall.counter.text == "暂停服务")


def test_the_halls_sign_announces_call_after_call(hall: Hall, eventually: Wait) -> None:
    hall.calls_are("A001", "A002", rev=1)

    eventually(lambda: hall.hall.text == "A001 to counter 1")
    hall.passed_s += 1
    eventually(lambda: hall.hall.text == "A002 to counter 1")


def test_a_sign_too_narrow_for_the_sentence_shows_number_and_counter(hall: Hall, eventually: Wait) -> None:
    hall.calls_are("A001", rev=1)

    eventually(lambda: hall.narrow.text == "A001 > 1")


def test_an_older_fact_and_a_strange_journal_change_nothing(hall: Hall, eventually: Wait) -> None:
    hall.counter_is(CounterState.OPEN, "A023", rev=5)
    eventually(lambda: hall.counter.text == "A023")
    hall.counter_is(CounterState.OPEN, "A001", rev=4)
    hall.counter_is(CounterState.OPEN, "X999", rev=9, journal="J0")
    hall.calls_are("B107", rev=6)

    eventually(lambda: hall.hall.text == "B107 to counter 1")
    assert hall.counter.text == "A023"


def test_a_new_journal_is_followed_when_the_server_names_it(hall: Hall, eventually: Wait) -> None:
    hall.counter_is(CounterState.OPEN, "A023", rev=900)
    eventually(lambda: hall.counter.text == "A023")

    hall.counter_is(CounterState.OPEN, "A223", rev=3, journal="J2")
    hall.journal = "J2"

    eventually(lambda: hall.counter.text == "A223")


def test_signs_ask_people_to_listen_when_the_server_is_not_heard(hall: Hall, eventually: Wait) -> None:
    hall.counter_is(CounterState.OPEN, "A023", rev=1)
    eventually(lambda: hall.counter.text == "A023")

    hall.server.stop()

    hall.passed_s += LOST_AFTER_S
    eventually(lambda: (hall.counter.text, hall.hall.text) == ("请听叫号", "Please listen"))


def test_signs_ask_people_to_listen_when_the_station_is_stopped(hall: Hall, eventually: Wait) -> None:
    hall.counter_is(CounterState.OPEN, "A023", rev=1)
    eventually(lambda: hall.counter.text == "A023")

    hall.signs.stop()

    assert (hall.counter.text, hall.hall.text) == ("请听叫号", "Please listen")


def test_each_call_is_said_once_and_a_repeated_one_again(hall: Hall, eventually: Wait) -> None:
    hall.calls_are("A001", "A002", rev=1)
    eventually(lambda: hall.ear.heard == ["A001", "A002"])

    hall.calls_are("A001", "A002", "B107", rev=2)
    eventually(lambda: hall.ear.heard == ["A001", "A002", "B107"])
    hall.calls_are("A001", "A002", "B107+", rev=3)

    eventually(lambda: hall.ear.heard == ["A001", "A002", "B107", "B107"])


def test_a_call_is_said_and_shown_in_the_customers_own_language_too(hall: Hall, eventually: Wait) -> None:
    hall.calls_are("A001", rev=1, language=Language.VI)

    eventually(lambda: hall.ear.languages == [(Language.ZH, Language.VI)])
    eventually(lambda: hall.hall.text == "A001 to counter 1")
    hall.passed_s += 0.15
    eventually(lambda: hall.hall.text == "Mời A001 đến quầy 1")
    assert hall.plain.text == "A001 to counter 1"


def test_a_counters_loudspeaker_asks_to_rate_once_a_window_and_calls_nobody(hall: Hall, eventually: Wait) -> None:
    def opens(window: str, counter: int) -> None:
        wish = RatingWindow(id=window, window=window, counter=counter, seconds=30)
        hall.server.publish(RATING_WINDOW, wish, device="station-1")

    hall.calls_are("A001", rev=1)
    for window, counter in (("w1", 2), ("w1", 2), ("w2", 3), ("w3", 2)):
        opens(window, counter)

    eventually(lambda: hall.beside.heard == ["rate", "rate"])
    eventually(lambda: hall.ear.heard == ["A001"])
    eventually(lambda: hall.parts["voice-2"].counts == {"prompts": 2})


def test_a_counters_loudspeaker_asks_each_customer_in_the_language_that_was_chosen(
    hall: Hall, eventually: Wait
) -> None:
    for window, language in (("w1", Language.RU), ("w2", None), ("w3", Language.VI)):
        wish = RatingWindow(id=window, window=window, counter=2, seconds=30, language=language)
        hall.server.publish(RATING_WINDOW, wish, device="station-1")

    eventually(lambda: hall.beside.languages == [(Language.RU,), (Language.ZH,), (Language.VI,)])


def test_a_voice_that_fails_shows_and_says_the_next_call(hall: Hall, eventually: Wait, expected_logs: Logs) -> None:
    expected_logs.expect("a call was not said")
    hall.ear.broken = True
    hall.calls_are("A001", rev=1)
    eventually(lambda: "voice-1" in hall.parts and hall.parts["voice-1"].causes == ["error"])

    hall.ear.broken = False
    hall.calls_are("A001", "A002", rev=2)

    eventually(lambda: hall.ear.heard == ["A002"])
    eventually(lambda: hall.parts["voice-1"].health == "ok")
