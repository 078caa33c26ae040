"""Signing in: errors in plain words."""

from collections.abc import Callable
from typing import Any

import pytest

from counter.viewmodels.sign_in import SignInModel, sign_in_words
from server.link.errors import HallAway


@pytest.fixture
def signing(post: Any) -> SignInModel:
    return SignInModel(post.hall, post.worker, 3, lambda: 0)


def test_signing_in_hands_over_the_services(signing: SignInModel, qtbot: Any) -> None:
    with qtbot.waitSignal(signing.signed_in) as told:
        signing.submit(" 1023 ", "2468")
    assert told.args[0] == "1023"
    assert [service.id for service in told.args[1].services][:2] == ["trf", "new"]


def test_a_wrong_pin_is_said(signing: SignInModel) -> None:
    signing.submit("1023", "0000")
    assert signing.error is not None
    assert (signing.error.key, signing.busy) == ("signing.wrong", False)


def test_an_empty_field_asks_nothing(signing: SignInModel, post: Any) -> None:
    post.hall.away = True
    signing.submit("", "2468")
    signing.submit("1023", "")
    assert signing.error is None


def test_a_second_press_while_asking_does_nothing(signing: SignInModel, post: Any) -> None:
    post.worker.held = True
    signing.submit("1023", "2468")
    signing.submit("1023", "2468")
    assert len(post.worker.waiting) == 1


def test_it_is_said_why_the_pin_is_asked_for_again(signing: SignInModel) -> None:
    said = []
    for staff, paused in ((None, False), ("1023", True), ("1023", False)):
        signing.lock(staff, paused=paused)
        said.append(signing.asks_for.key)
    assert said == ["signing.text", "signing.locked", "signing.ended"]


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda story: HallAway("no connection"), "signing.away"),
        (lambda story: HallAway("busy", code="busy"), "signing.busy"),
        (lambda story: story.refused("forbidden", 403), "signing.not-yours"),
        (lambda story: story.refused("teapot", 418), "signing.other"),
    ],
)
def test_words_for_what_went_wrong(story: Any, make: Callable[[Any], Exception], key: str) -> None:
    assert sign_in_words(make(story)).key == key
