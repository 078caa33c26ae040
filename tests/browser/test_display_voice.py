"""The hall display says its calls in a real browser: each once, in order, never two at once, or asks for a touch."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from server.contract import acts
from server.domain.vocabulary import Language
from server.link.acts import new_request_id

Reader = Callable[[bytes], list[str]]
PATIENCE_MS = 30_000
SOUNDS = "**/calls/*.wav"
TOUCHES = {
    "zh": "请触一下屏幕或按任意键，打开叫号声音。",
    "en": "Touch the screen or press any key once to hear the calls.",
    "vi": "Chạm màn hình hoặc nhấn một phím để nghe gọi số.",
    "ru": "Коснитесь экрана или нажмите клавишу, чтобы слышать вызовы.",
}

LISTENING = """
window.played = [];
const bytesOf = new Map();
const decode = BaseAudioContext.prototype.decodeAudioData;
BaseAudioContext.prototype.decodeAudioData = async function (file, ...more) {
  const bytes = btoa(Array.from(new Uint8Array(file), (byte) => String.fromCharCode(byte)).join(""));
  const buffer = await decode.call(this, file, ...more);
  bytesOf.set(buffer, bytes);
  return buffer;
};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const sound = { bytes: bytesOf.get(this.buffer), from: this.context.currentTime, until: null };
  window.played.push(sound);
  this.addEventListener("ended", () => (sound.until = this.context.currentTime));
  return start.call(this, ...when);
};
"""
"""Writes down what is handed to the loudspeaker and from when until when it sounds."""

NO_SOUND_DEVICE = """
window.AudioContext = class extends AudioContext {
  constructor() {
    super();
    if (told) setTimeout(() => this.dispatchEvent(new Event("error")));
  }
  resume() {
    return told ? Promise.reject(new DOMException("no device", "InvalidStateError")) : new Promise(() => {});
  }
};
"""
"""As a browser does whose sound never starts: silently, or with an error."""


@dataclass(frozen=True, slots=True)
class Played:
    sound: bytes
    from_s: float
    until_s: float


@pytest.fixture(scope="module")
def loud(browser: Browser, chromium: str) -> Iterator[Browser]:
    """As `hall.toml` says that a display's browser is started."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    opened = browser.browser_type.launch(executable_path=chromium, args=options)
    yield opened
    opened.close()


@pytest.fixture
def hall(serve_hall: Any, voiced_config: Callable[..., Path], tmp_path: Path, screens: Any) -> Iterator[Any]:
    with serve_hall(tmp_path / "hall", config=voiced_config()) as served:
        screens.hall = served
        yield served


@pytest.fixture
def window(hall: Any, open_window: Any) -> Any:
    return open_window(hall)


def listened_to(page: Page) -> None:
    page.add_init_script(LISTENING)


def at_the_second_page(page: Page) -> None:
    """The strip turns its pages by the clock, one each eight seconds."""
    page.clock.install(time=8.5)


def listened_to_at_the_second_page(page: Page) -> None:
    listened_to(page)
    at_the_second_page(page)


def comes(window: Any, language: Language = Language.ZH) -> str:
    issue = acts.IssueTicket(request_id=new_request_id(), services=["pay"], language=language)
    return str(window.kiosk.issue(issue).number)


def played(display: Page, sounds: int) -> list[Played]:
    """Once so many have been heard to their end."""
    display.wait_for_function(
        "count => window.played.filter((sound) => sound.until !== null).length >= count",
        arg=sounds,
        timeout=PATIENCE_MS,
    )
    rows = display.evaluate("window.played")
    return [Played(base64.b64decode(row["bytes"]), row["from"], row["until"] or row["from"]) for row in rows]


def called(number: str, counter: int, *languages: Language) -> list[str]:
    """The clips of a whole call."""
    spelled = [char.lower() for char in number]
    once = [f"{each.value}/{name}" for each in languages for name in ("call", *spelled, f"counter-{counter}")]
    return ["chime", *once, *once]


def test_calls_are_said_once_in_order_and_never_two_at_once(
    screens: Any, loud: Browser, window: Any, open_window: Any, read_back: Reader
) -> None:
    screens.browser = loud
    display = screens.display(before=listened_to)
    beside = open_window(window.hall, 2)
    first, second = comes(beside), comes(beside, Language.RU)

    window.next()
    beside.next()

    heard = played(display, 2)
    assert [read_back(each.sound) for each in heard] == [
        called(first, 1, Language.ZH),
        called(second, 2, Language.ZH, Language.RU),
    ]
    assert heard[0].from_s < heard[0].until_s <= heard[1].from_s < heard[1].until_s
    assert display.locator(".strip").inner_text() != TOUCHES["zh"]


@pytest.mark.fault(31)
def test_a_call_whose_sound_fails_flashes_at_once_and_is_said_when_it_can_be(
    screens: Any, loud: Browser, window: Any, read_back: Reader
) -> None:
    screens.browser = loud
    screens.expected.append("500")
    display = screens.display(before=listened_to)
    failed: list[str] = []

    def fail_once(route: Route) -> None:
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.fulfill(status=500)

    display.route(SOUNDS, fail_once)
    number = comes(window)
    window.next()

    expect(display.locator(".call .number")).to_have_text(number)
    expect(display.locator(".call")).to_have_class("call flash now")
    assert [read_back(each.sound) for each in played(display, 1)] == [called(number, 1, Language.ZH)]
    assert len(failed) == 1


@pytest.mark.fault(31)
def test_a_browser_that_wants_a_touch_flashes_and_says_then_only_the_call_that_still_stands(
    screens: Any, window: Any, read_back: Reader
) -> None:
    screens.expected.append("AudioContext was not allowed to start")
    display = screens.display(before=listened_to_at_the_second_page)
    expect(display.locator(".strip")).to_have_text(TOUCHES["zh"], timeout=PATIENCE_MS)
    over = comes(window)
    window.next()
    expect(display.locator(".call .number")).to_have_text(over)
    window.finish()
    number = comes(window)
    window.next()
    expect(display.locator(".call .number")).to_have_text(number, timeout=PATIENCE_MS)
    assert display.evaluate("window.played") == []

    display.mouse.click(10, 10)

    assert [read_back(each.sound) for each in played(display, 1)] == [called(number, 1, Language.ZH)]
    expect(display.locator(".strip")).not_to_have_text(TOUCHES["zh"], timeout=PATIENCE_MS)


@pytest.mark.parametrize("told", [False, True])
def test_a_display_without_a_sound_device_asks_for_a_touch_once_at_most(screens: Any, window: Any, told: bool) -> None:
    """`told`: the browser says by itself that the sound cannot start."""
    screens.expected.append("AudioContext was not allowed to start")

    def without_sound(page: Page) -> None:
        page.add_init_script(f"const told = {str(told).lower()};\n{NO_SOUND_DEVICE}")
        at_the_second_page(page)

    display = screens.display(before=without_sound)
    strip = display.locator(".strip")
    if not told:
        expect(strip).to_have_text(TOUCHES["zh"], timeout=PATIENCE_MS)
        display.mouse.click(10, 10)
    number = comes(window)
    window.next()
    expect(display.locator(".call .number")).to_have_text(number)
    expect(strip).to_have_text("现在不用等，请直接取号。", timeout=PATIENCE_MS)
    display.clock.fast_forward(8000)
    expect(strip).to_have_text("现在不用等，请直接取号。")


def test_a_finger_on_the_glass_turns_the_sound_on(screens: Any, window: Any, read_back: Reader) -> None:
    screens.expected.append("AudioContext was not allowed to start")
    display = screens.display(before=listened_to_at_the_second_page, touch=True)
    expect(display.locator(".strip")).to_have_text(TOUCHES["zh"], timeout=PATIENCE_MS)
    display.touchscreen.tap(10, 10)
    number = comes(window)
    window.next()
    assert [read_back(each.sound) for each in played(display, 1)] == [called(number, 1, Language.ZH)]


def test_the_wish_for_a_touch_has_room(screens: Any, hall: Any, overflowing: Callable[[Page], list[str]]) -> None:
    screens.expected.append("AudioContext was not allowed to start")
    display = screens.display(before=at_the_second_page)
    for language, wish in TOUCHES.items():
        display.goto(f"{hall.url}/display/chengdong?lang={language}")

        expect(display.locator(".strip")).to_have_text(wish, timeout=PATIENCE_MS)
        assert overflowing(display) == []


def test_a_display_that_is_not_named_is_silent(screens: Any, loud: Browser, window: Any) -> None:
    screens.browser = loud
    screens.display().context.close()
    display = screens.display(before=listened_to)
    number = comes(window)
    window.next()
    expect(display.locator(".call .number")).to_have_text(number)
    expect(display.locator(".strip")).to_have_text("现在不用等，请直接取号。")
    assert display.evaluate("window.played") == []
