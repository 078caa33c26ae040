"""The account of a demo's voice and signs: each call said once, or a reason; nothing that nobody called."""

import hashlib
from pathlib import Path

import pytest

from server.contract.clips import ClipSet
from server.contract.sentences import Utterance
from server.contract.words import Language
from server.demo.troubles import Spell
from server.demo.voice import CallMade, judge, wrongly_shown


@pytest.fixture
def clips(tones: Path) -> ClipSet:
    return ClipSet(lambda file: (tones / file).read_bytes())


def call(number: str, counter: int = 1, *, since: float = 100, stood: float = 60) -> CallMade:
    return CallMade(Utterance(number, counter, (Language.ZH,)), since, since + stood)


def sound(clips: ClipSet, made: CallMade) -> str:
    return hashlib.sha256(clips.say(made.utterance).sound).hexdigest()


def test_calls_that_were_all_said_are_no_problem(clips: ClipSet) -> None:
    made = [call("A001"), call("A002", 3), call("A001", since=130)]

    account = judge(made, [sound(clips, each) for each in made], clips, [])

    assert (account.said, account.unsaid, account.problems) == (3, {}, [])


def test_a_call_that_was_not_said_needs_a_reason(clips: ClipSet) -> None:
    made = [call("A001", stood=2), call("A002", since=500), call("A003", 4, since=900)]
    troubles = [Spell("voice-1", 540, 545)]

    account = judge(made, [], clips, troubles)

    assert account.unsaid == {"over before its turn": 1, "in a time of trouble": 1}
    assert account.problems == ["A003 was called to 4 and not said"]


def test_a_call_said_twice_or_never_made_is_told(clips: ClipSet) -> None:
    made, strange = call("A001"), call("A001", 2)

    account = judge([made], [sound(clips, each) for each in (made, made, strange)], clips, [])

    assert (account.said, account.problems) == (1, ["2 calls were said that nobody made, or more than once"])


def test_a_sign_that_shows_a_call_never_made_is_told() -> None:
    made = [call("A023", 3), call("A001", 1)]
    of_the_hall = ["请听叫号", "请 A023 到 3 号窗口", "Mời A023 đến quầy 3", "A023: окно 2", ""]

    assert wrongly_shown(made, "sign-hall", of_the_hall) == ["sign-hall showed A023: окно 2"]
    assert wrongly_shown(made, "sign-1", ["A001", "暂停服务", "A023"], 1) == ["sign-1 showed A023"]
