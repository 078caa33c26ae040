"""The kiosk with its window: joins the view-model to the line and the worker threads."""

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, QUrl
from PySide6.QtQuick import QQuickView

from devices.health import Health, HealthState
from kiosk.bootstrap import Core
from kiosk.fingers import Fingers
from kiosk.theme import load_theme
from kiosk.upkeep import Upkeep
from kiosk.viewmodels.kiosk import KioskModel
from kiosk.viewmodels.speech import voice_program
from kiosk.viewmodels.tools import Tools
from kiosk.viewmodels.window import kiosk_window
from kiosk.visit import Manner
from server.contract.views.hall import HallView
from server.contract.views.services import ServicesView
from server.link.acts import new_request_id
from server.link.qt import Bridge
from server.link.stream import LineState, ViewStream


class WindowProgram:
    """Create it on the Qt thread, under a running QGuiApplication."""

    def __init__(self, core: Core) -> None:
        settings = core.settings
        self._core = core
        self._bridge = Bridge()
        self.model = KioskModel(
            Tools(
                desk=core.desk,
                worker=self._bridge,
                monotonic=time.monotonic,
                hall_time=core.hall_time,
                new_request_id=new_request_id,
                theme=load_theme(settings.config_dir),
                call_staff=core.telling.call_staff,
                scans=core.scans,
                voice_program=voice_program(),
                usual=Manner(settings.language, contrast=settings.contrast),
            )
        )
        self.window: QQuickView = kiosk_window(self.model, QSize(settings.width, settings.height))
        self._upkeep: Upkeep = core.upkeep(self._hear_services, self._hear_printer)
        self._stream = ViewStream(core.client, HallView, {"view": "hall"}, self._hear_hall, self._hear_line)
        self._line_up = False

    def start(self) -> None:
        self._core.start()
        self._upkeep.start()
        self._stream.start()
        self.model.start()
        if self._core.reading is not None:
            self._core.reading.start(self._hear_scan, self._hear_reader)
        if self._core.settings.full_screen:
            self.window.showFullScreen()
        else:
            self.window.show()

    def touched_by(self, lines: Iterable[str], answer: Callable[[str], None]) -> None:
        """Trials touch the window too."""
        self._fingers = Fingers(self.window, time.monotonic, answer)
        self._fingers.listen(lines)

    def stop(self) -> None:
        self.model.stop()
        if self._core.reading is not None:
            self._core.reading.close()
        self._stream.stop()
        self._upkeep.stop()
        self._bridge.close()
        self.window.close()
        self.window.setSource(QUrl())
        self._core.close()

    def _hear_services(self, services: ServicesView) -> None:
        self._bridge.call(lambda: self.model.hear_services(services))

    def _hear_scan(self, text: str) -> None:
        self._bridge.call(lambda: self.model.scan(text))

    def _hear_reader(self, well: bool) -> None:
        self._bridge.call(lambda: self.model.hear_reader(well))

    def _hear_printer(self, health: Health) -> None:
        well = health.state is not HealthState.FAULT
        self._bridge.call(lambda: self.model.hear_printer(well))

    def _hear_hall(self, hall: HallView) -> None:
        self._bridge.call(lambda: self.model.hear_hall(hall))

    def _hear_line(self, line: LineState) -> None:
        if line.up and not self._line_up:
            self._core.desk.circuit.succeeded()
            self._upkeep.hurry()
        self._line_up = line.up
        self._bridge.call(lambda: self.model.hear_line(line.last_heard))
