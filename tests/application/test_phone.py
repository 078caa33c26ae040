"""The phone's address is in no stored answer: it is put in its place when the answer is told."""

import json

from server.application.fresh_ids import FreshIds
from server.application.phone import Capabilities

TICKET = FreshIds().ticket()


def stored(mark: str | None) -> str:
    return json.dumps({"id": TICKET, "phone_url": mark, "reprints": 0}, separators=(",", ":"))


def test_a_stored_answer_is_told_with_the_address() -> None:
    phones = Capabilities(b"secret", "http://hall.example")

    told = json.loads(phones.fill(stored(phones.mark(TICKET))))

    assert told == {"id": TICKET, "phone_url": phones.url(TICKET), "reprints": 0}
    assert phones.ticket_of(told["phone_url"].rpartition("/")[2]) == TICKET


def test_an_answer_stored_while_the_branch_had_an_address_is_told_without_one_afterwards() -> None:
    answer = stored(Capabilities(b"secret", "http://hall.example").mark(TICKET))

    assert json.loads(Capabilities(b"secret").fill(answer)) == {"id": TICKET, "phone_url": None, "reprints": 0}


def test_what_customers_and_clerks_write_is_never_taken_for_a_mark() -> None:
    answer = json.dumps({"note": f'"phone_url":"ticket:{TICKET}"'})

    assert Capabilities(b"secret", "http://hall.example").fill(answer) == answer
