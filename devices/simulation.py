"""Hosts the far end of every device of devices.toml, and the buttons of all on one loopback port."""

import json
import socketserver
import threading
from collections.abc import Mapping
from typing import Any

import structlog

from devices.buttons import Answer
from devices.errors import DeviceError
from devices.farend import Machine

log = structlog.get_logger(__name__)

LOOPBACK = "127.0.0.1"
_MAX_LINE = 64 * 1024


class Simulation:
    """Machines by device name; `port` 0 takes a free one, told by `control_port` after `start`."""

    def __init__(self, machines: Mapping[str, Machine], port: int) -> None:
        self.machines = machines
        self._wanted_port = port
        self._server: socketserver.ThreadingTCPServer | None = None
        self._thread: threading.Thread | None = None
        self.control_port = 0

    def start(self) -> None:
        """Raises DeviceError for a far end that cannot be plugged in here, and for a port that cannot be had."""
        for name, machine in self.machines.items():
            try:
                machine.start()
            except OSError as cause:
                self.stop()
                raise DeviceError(name, f"cannot be simulated here: {cause}") from cause
        simulation = self

        class Buttons(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while line := self.rfile.readline(_MAX_LINE):
                    self.wfile.write(json.dumps(simulation.answer(line), ensure_ascii=False).encode() + b"\n")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        try:
            self._server = Server((LOOPBACK, self._wanted_port), Buttons)
        except OSError as cause:
            self.stop()
            raise DeviceError("buttons", f"port {self._wanted_port} cannot be had: {cause.strerror}") from cause
        self.control_port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="buttons", daemon=True)
        self._thread.start()
        log.info("far ends are plugged in", devices=sorted(self.machines), control_port=self.control_port)

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        for machine in self.machines.values():
            machine.stop()

    def answer(self, line: bytes) -> Answer:
        """One request, {"device", "do", …}; a wrong one is answered {"error": sentence}."""
        try:
            request: Any = json.loads(line)
        except ValueError as cause:
            return {"error": str(cause)}
        return self.press(request)

    def press(self, request: Any) -> Answer:
        """As `answer`, for a request that was read already."""
        try:
            if not isinstance(request, dict):
                raise ValueError('a request is an object such as {"device": "pad-1", "do": "press", "key": 5}')
            if request.get("do") == "devices":
                return {"devices": sorted(self.machines)}
            machine = self.machines.get(str(request.get("device")))
            if machine is None:
                raise ValueError(f"no device {request.get('device')!r}; there are {', '.join(sorted(self.machines))}")
            return {"ok": True, **machine.do(request)}
        except (ValueError, TypeError, OSError) as cause:
            return {"error": str(cause)}
