"""Signing in: staff number and PIN at an enrolled counter; errors said in plain words."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from counter.phrases import Phrase, phrase
from counter.ports import Hall, Worker
from server.contract.acts import Login
from server.contract.views.answers import SessionView
from server.contract.views.services import ServicesView
from server.link.errors import ActRefused, HallAway


class SignInModel(QObject):
    changed = Signal()
    signed_in = Signal(str, object)
    """Staff number and the branch's services."""

    def __init__(
        self, hall: Hall, worker: Worker, counter: int, pending: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.counter = counter
        self.busy = False
        self.error: Phrase | None = None
        self.asks_for = phrase("signing.text")
        """Why somebody has to sign in here."""
        self.staff = ""
        self._hall, self._worker, self._pending = hall, worker, pending
        self._machine_token = hall.token

    @property
    def pending(self) -> int:
        """Records on this machine that the server has not heard of."""
        return self._pending()

    def lock(self, staff: str | None, *, paused: bool) -> None:
        """`staff` has to give the PIN again; None: whoever comes next signs in."""
        self.asks_for = phrase("signing.text" if staff is None else "signing.locked" if paused else "signing.ended")
        self.staff = staff or self.staff
        self.changed.emit()

    def submit(self, staff: str, pin: str) -> None:
        if self.busy or not staff.strip() or not pin:
            return
        self.staff, self.busy, self.error = staff.strip(), True, None
        self.changed.emit()
        body = Login(staff=self.staff, secret=pin, counter=self.counter)
        self._worker.run(lambda: self._login(body), self._done, self._failed)

    def _login(self, body: Login) -> tuple[SessionView, ServicesView]:
        self._hall.token = self._machine_token
        session = self._hall.login(body)
        self._hall.token = session.token
        return session, self._hall.services()

    def _done(self, answer: tuple[SessionView, ServicesView]) -> None:
        session, services = answer
        self.busy, self.asks_for = False, phrase("signing.text")
        self.changed.emit()
        self.signed_in.emit(session.person, services)

    def _failed(self, error: Exception) -> None:
        self.busy = False
        self.error = sign_in_words(error)
        self.changed.emit()


def sign_in_words(error: Exception) -> Phrase:
    if isinstance(error, HallAway):
        return phrase("signing.busy") if error.code in ("busy", "too-many") else phrase("signing.away")
    if not isinstance(error, ActRefused):
        return phrase("signing.other", code=type(error).__name__)
    code = error.problem.code
    known = {
        "unauthorised": "wrong",
        "unknown-clerk": "wrong",
        "malformed": "wrong",
        "not-enrolled": "not-enrolled",
        "forbidden": "not-yours",
        "busy": "busy",
    }
    return phrase(f"signing.{known[code]}") if code in known else phrase("signing.other", code=code)
