"""What a log or a traceback may show of a value that holds a secret: nothing of it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.database import open_engine
from server.application.callers import Caller, SignedIn
from server.contract.acts import Enrol, Login
from server.contract.views.answers import EnrolledView, SessionView
from server.domain.vocabulary import ClientId, Role
from server.link.broker import BrokerAddress

SECRET = "s3cret-s3cret"
HOLDERS = [
    Login(staff="1023", secret=SECRET),
    Enrol(code=SECRET, device="kiosk-1"),
    SessionView(token=SECRET, person="1023", role="clerk"),
    EnrolledView(device="kiosk-1", token=SECRET),
    BrokerAddress("127.0.0.1", 1883, "kiosk-1", SECRET),
    SignedIn(SECRET, Caller(ClientId("1023"), Role.CLERK)),
]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_secret_is_never_shown_by_its_holder(holder: object) -> None:
    assert SECRET not in f"{holder!r} {holder}"


def test_a_database_error_does_not_show_what_was_to_be_stored() -> None:
    engine = open_engine("sqlite://")

    with pytest.raises(SQLAlchemyError) as caught, engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:note)"), {"note": SECRET})
    engine.dispose()

    assert SECRET not in str(caught.value)
