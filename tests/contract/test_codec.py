import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.contract.codec import MAX_BYTES, MessageRefused, decode, encode
from server.contract.messages import CounterNow, Health, PartState, Stored

STAMP = b'"stamp":{"journal":"j","rev":1,"as_of":"2026-11-02T01:30:00Z"}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b" " * (MAX_BYTES + 1), "too-large"),
        (b"\xff\xfe", "not-utf8"),
        (b'{"kind":"\xed\xa0\x80"}', "not-utf8"),
        (b"", "not-json"),
        (b"{", "not-json"),
        (b'{"kind":"a"} x', "not-json"),
        (b'{"kind":"a\x00"}', "not-json"),
        (b"[]", "not-an-object"),
        (b"null", "not-an-object"),
        (b"[" * 4000, "too-deep"),
        (b'{"x":' * 500, "too-deep"),
        (b'{"counter":NaN}', "not-a-number"),
        (b'{"counter":-Infinity}', "not-a-number"),
        (b'{"x":1e999}', "not-a-number"),
        (b'{"x":' + b"9" * 5000 + b"}", "not-a-number"),
        (b'{"kind":"a","kind":"b"}', "duplicate-key"),
        (b'{"x":{"k":1,"k":2}}', "duplicate-key"),
        (b'{"kind":"\\u0000"}', "bad-text"),
        (b'{"x":["\\ud800"]}', "bad-text"),
        (b'{"v":2}', "unknown-major"),
        (b'{"v":"1"}', "unknown-major"),
        (b'{"v":true}', "unknown-major"),
        (b'{"counter":"3"}', "wrong-shape"),
        (b'{"counter":3.5}', "wrong-shape"),
        (b'{"causes":"paper-out"}', "wrong-shape"),
        (b'{"causes":["\\u001bi"]}', "wrong-shape"),
    ],
)
def test_hostile_payload_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(MessageRefused) as caught:
        decode(PartState, payload)

    assert caught.value.reason == reason


def test_brackets_inside_text_are_not_depth() -> None:
    assert decode(PartState, b'{"kind":"[[[[[[[[[[\\"[[[[[[[["}').kind == '[[[[[[[[[["[[[[[[[['


def test_unknown_fields_are_skipped_and_unknown_words_are_unknown() -> None:
    assert decode(PartState, b'{"health":"smouldering","smell":"burnt"}').health == Health.UNKNOWN
    assert decode(CounterNow, b'{"counter":1,"state":"floating",' + STAMP + b"}").state == "unknown"


@given(st.binary(max_size=200))
def test_random_bytes_never_do_more_than_refuse(payload: bytes) -> None:
    with contextlib.suppress(MessageRefused):
        decode(Stored, payload)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_random_json_never_does_more_than_refuse(value: object) -> None:
    with contextlib.suppress(MessageRefused):
        decode(PartState, json.dumps({"health": value, "causes": value}).encode())


@given(st.text(max_size=64), st.integers(0, 2**53 - 1))
def test_what_is_written_is_read_back(boot: str, upto: int) -> None:
    try:
        message = decode(Stored, json.dumps({"id": "c1", "boot": boot, "upto": upto}).encode())
    except MessageRefused:
        return
    assert decode(Stored, encode(message)) == message


def test_refusal_repeats_no_line_end_and_no_long_key_of_a_stranger() -> None:
    payload = b'{"counts":{"\\nERROR all is lost' + b"x" * 4000 + b'":1}}'

    with pytest.raises(MessageRefused) as caught:
        decode(PartState, payload)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
