"""What signs say: in four languages, in the letters they have, one call after the other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.announcements import Announcements
from devices.led_sign.texts import WORDS, call_text, counter_text, has_letters, letters
from server.contract.common import Stamp
from server.contract.messages import CallNow, CounterNow, Unknown
from server.contract.words import CounterState, Language

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def call(seq: int, *, times: int = 1, active: bool = True) -> CallNow:
    return CallNow(seq=seq, number=f"A{seq:03}", counter=seq, service="pay", at=NOW, times=times, active=active)


def counter(state: CounterState | Unknown, number: str | None = None) -> CounterNow:
    return CounterNow(stamp=Stamp(journal="J", rev=1, as_of=NOW), counter=3, state=state, number=number)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ZH, "请 A003 到 3 号窗口"),
        (Language.EN, "A003 to counter 3"),
        (Language.VI, "Mời A003 đến quầy 3"),
        (Language.RU, "A003: окно 3"),
    ],
)
def test_a_call_is_told_in_the_signs_language(language: Language, text: str) -> None:
    assert call_text(call(3), WORDS[language]) == text


@pytest.mark.parametrize(
    ("language", "paused", "closed", "not_known"),
    [
        (Language.ZH, "暂停服务", "停止服务", "请听叫号"),
        (Language.EN, "Paused", "Closed", "Please listen"),
        (Language.VI, "Tạm ngừng", "Đóng quầy", "Xin nghe gọi số"),
        (Language.RU, "Перерыв", "Закрыто", "Слушайте вызов"),
    ],
)
def test_a_counter_shows_its_number_or_why_there_is_none(
    language: Language, paused: str, closed: str, not_known: str
) -> None:
    words = WORDS[language]

    assert counter_text(counter(CounterState.OPEN, "A023"), words) == "A023"
    assert counter_text(counter(CounterState.OPEN), words) == ""
    assert counter_text(counter(CounterState.PAUSED), words) == paused
    assert counter_text(counter(CounterState.CLOSED), words) == closed
    assert counter_text(counter("unknown"), words) == words.listen == not_known


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("暂停服务", "gb18030", "暂停服务"),
        ("Mời A003 đến quầy 3", "gb18030", "Moi A003 den quay 3"),
        ("A003: окно 3", "cp1251", "A003: окно 3"),
        ("A003: окно 3", "ascii", "A003: ???? 3"),
        ("A\x1b0\r\n23", "ascii", "A023"),
    ],
)
def test_a_sign_gets_only_letters_that_it_has(text: str, encoding: str, shown: str) -> None:
    assert letters(text, encoding).decode(encoding) == shown


@pytest.mark.parametrize(
    ("encoding", "most", "shown"),
    [("gb18030", 8, "暂停服务"), ("gb18030", 7, "暂停服"), ("gb18030", 1, ""), ("ascii", 2, "??")],
)
def test_a_text_too_long_for_the_sign_ends_after_a_whole_letter(encoding: str, most: int, shown: str) -> None:
    assert letters("暂停服务", encoding, most).decode(encoding) == shown


@pytest.mark.parametrize(
    ("encoding", "languages"),
    [
        ("gb18030", set(Language)),
        ("ascii", {Language.EN, Language.VI}),
        ("cp1251", {Language.EN, Language.VI, Language.RU}),
        ("cp1258", {Language.EN, Language.VI}),
    ],
)
def test_a_sign_speaks_the_languages_whose_letters_it_has(encoding: str, languages: set[Language]) -> None:
    assert {each for each in Language if has_letters(encoding, each)} == languages


def test_two_calls_at_once_are_shown_one_after_the_other() -> None:
    board = Announcements(5)
    board.hear([call(1)])
    board.hear([call(2), call(1)])

    shown = [board.now(at) for at in (0, 4.9, 5, 60)]

    assert [each and each.number for each in shown] == ["A001", "A001", "A002", "A002"]


def test_a_call_that_is_over_is_not_announced_any_more() -> None:
    board = Announcements(5)
    board.hear([call(1), call(2)])
    assert board.now(0) == call(1)

    board.hear([call(1, active=False), call(2, active=False), call(3)])

    assert board.now(0.1) == call(3)


def test_a_repeated_call_that_is_over_takes_its_first_one_with_it() -> None:
    board = Announcements(5)
    board.hear([call(1)])
    board.hear([call(2), call(1)])
    assert board.now(0) == call(1)

    board.hear([call(2, active=False).model_copy(update={"seq": 3}), call(1)])

    assert board.now(5) == call(1)


def test_a_repeated_call_is_announced_again() -> None:
    board = Announcements(5)
    board.hear([call(1)])
    board.hear([call(2), call(1)])
    assert [board.now(0), board.now(5)] == [call(1), call(2)]

    board.hear([call(2), call(1, times=2)])

    assert board.now(10) == call(1, times=2)


def test_hearing_the_same_again_announces_nothing() -> None:
    board = Announcements(5)
    for _ in range(3):
        board.hear([call(1)])
    assert board.now(0) == call(1)
    board.hear([call(1, active=False)])

    assert board.now(5) is None


def test_when_no_call_is_known_any_more_none_is_shown_and_none_waits() -> None:
    board = Announcements(5)
    board.hear([call(1), call(2)])
    assert board.now(0) == call(1)

    board.hear([])

    assert [board.now(1), board.now(5)] == [None, None]


@given(st.lists(st.integers(1, 40), unique=True, max_size=30), st.integers(1, 20))
def test_every_call_stands_for_its_time(seqs: list[int], each_s: int) -> None:
    board = Announcements(each_s)
    for seq in seqs:
        board.hear([call(seq)])

    shown = [board.now(turn * each_s) for turn in range(len(seqs))]

    assert [each.seq for each in shown if each] == seqs
