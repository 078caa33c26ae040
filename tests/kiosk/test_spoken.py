"""The screen read aloud: what is seen is heard, in the tongue of the customer."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from devices.announcer.making import SPEAKER, VOICES
from devices.protocols import Printed
from kiosk.spoken import audible, screen
from kiosk.texts import Texts
from kiosk.viewmodels.speech import Aloud, Voice
from server.contract.words import Language, TicketState

Bench = Any


def said(bench: Bench) -> str:
    page = bench.model.page
    return screen(page, getattr(bench.model, page), Texts(Language(bench.model.manner["language"])))


def _failed(bench: Bench) -> None:
    bench.printer.says = Printed.FAILED
    bench.take()
    bench.worker.work()


def _offline(bench: Bench) -> None:
    bench.remember()
    bench.server.away = True
    bench.machine.passes(30)
    bench.take()
    bench.worker.work()


def _chosen(bench: Bench) -> None:
    bench.settle()
    bench.model.choose("trf")


def _closed(bench: Bench) -> None:
    bench.close_service("trf")
    _chosen(bench)


SCREENS: dict[str, Callable[[Bench], object]] = {
    "home": lambda bench: None,
    "elder home": lambda bench: bench.model.act("elder"),
    "more": lambda bench: bench.settle() or bench.model.choose(""),
    "away": lambda bench: bench.machine.passes(60) or bench.model.refresh(),
    "service": _chosen,
    "closed service": _closed,
    "failed slip": _failed,
    "offline number": _offline,
    "called": lambda bench: bench.holds_up(TicketState.CALLED, counter=12),
    "strange code": lambda bench: bench.model.scan("https://elsewhere.example/") or bench.worker.work(),
}


@pytest.mark.parametrize("language", Language)
def test_no_word_of_a_screen_is_spelled_in_another_tongue(
    new_bench: Callable[[], Bench], expected_logs: Any, language: Language
) -> None:
    """espeak-ng writes in brackets which tongue it changes to."""
    expected_logs.expect("slip not confirmed|the hall is away")
    words = []
    for reach in SCREENS.values():
        bench = new_bench()
        bench.hear()
        bench.model.speak(language.value)
        reach(bench)
        words.append(said(bench))

    command = [SPEAKER, "-q", "-x", "-v", VOICES[language], "--", "\n".join(words)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [line for line in told.stdout.splitlines() if "(" in line] == []


@pytest.mark.parametrize(
    ("language", "seen", "heard"),
    [
        (Language.ZH, "等 8–14 分钟", "等 8到14 分钟"),
        (Language.EN, "wait 8–14 min", "wait 8 to 14 min"),
        (Language.VI, "chờ 8–14 phút", "chờ 8 đến 14 phút"),
        (Language.RU, "ждать 8–14 мин", "ждать от 8 до 14 мин"),
        (Language.ZH, "10:50–10:56 叫到您", "10:50到10:56 叫到您"),
        (Language.ZH, "请记住 A023", "请记住 A, 零 二 三"),
        (Language.RU, "Запомните A023", "Запомните а, ноль два три"),
        (Language.ZH, "过户 / 更名 · 预计等候", "过户, 更名, 预计等候"),
    ],
)
def test_ranges_and_numbers_are_said_as_people_say_them(language: Language, seen: str, heard: str) -> None:
    assert audible(seen, Texts(language)) == heard


def test_trouble_is_heard_as_it_is_seen(new_bench: Callable[[], Bench], expected_logs: Any) -> None:
    expected_logs.expect("slip not confirmed")
    heard = {}
    for name in ("away", "closed service", "failed slip"):
        bench = new_bench()
        bench.hear()
        SCREENS[name](bench)
        heard[name] = said(bench)

    assert "线路暂时不通，照常取号" in heard["away"]
    assert "今天 14:00 起" in heard["closed service"]
    assert "8到14" not in heard["closed service"]
    assert "小票没打出来，但您的号有效" in heard["failed slip"]


def test_an_elders_screens_read_themselves_until_they_are_hushed(qapp: object, tmp_path: Path, qtbot: QtBot) -> None:
    heard = tmp_path / "heard"
    speaker = tmp_path / "speaker"
    speaker.write_text(f'#!/bin/sh\nfor words; do :; done\necho "$words" >> {heard}\nexec sleep 60\n')
    speaker.chmod(0o755)
    page = ["home"]
    voice = Voice(str(speaker), lambda: None)
    aloud = Aloud(voice, lambda: (page[0], Language.ZH))

    def hears(*pages: str) -> None:
        qtbot.waitUntil(lambda: heard.exists() and heard.read_text().split() == list(pages), timeout=30_000)

    aloud.turn_page(unasked=True)
    hears("home")
    page[0] = "service"
    aloud.turn_page(unasked=True)
    hears("home", "service")
    aloud.switch()
    assert not aloud.speaking
    aloud.turn_page(unasked=True)
    assert not aloud.speaking
    aloud.next_customer()
    page[0] = "ticket"
    aloud.turn_page(unasked=True)
    hears("home", "service", "ticket")
    aloud.stop()


def test_the_elder_screen_can_be_hushed_and_heard_again(bench: Bench) -> None:
    bench.model.act("elder")

    assert [one["act"] for one in bench.model.dock["acts"]] == ["elder", "contrast", "read"]
