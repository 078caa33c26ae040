"""The server's side of MQTT, put together: line, presses, devices, announcements and, where wanted, the broker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version

from sqlalchemy import Engine, select
from ulid import ULID

from server.adapters.account_tables import machines
from server.adapters.announcing import Announcer
from server.adapters.broker_users import USERS_FILE, BrokerUsers, let_in, mosquitto_users
from server.adapters.embedded_broker import WatchedBroker
from server.adapters.pad_windows import PadWindows
from server.application.audit import Audit
from server.application.front import Front
from server.application.rating import take_press
from server.config_files import BrokerKind
from server.contract.topics import SERVER_USER
from server.contract.views.board import BoardView
from server.domain.vocabulary import Role
from server.entrypoints.devices import Devices
from server.entrypoints.misuse import Misuse
from server.entrypoints.mqtt import HallMqtt
from server.link.broker import BrokerAddress, BrokerLink
from server.link.presence import server_state
from server.settings import Settings

FOLLOW_EVERY_S = 0.25


@dataclass(slots=True)
class MqttSide:
    """Speaks at the broker only while this process keeps the branch, so that a standby never takes its name."""

    mqtt: HallMqtt
    announcer: Announcer
    broker: WatchedBroker | None
    owner: Callable[[], bool]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _following: threading.Thread | None = None

    def start(self) -> None:
        """Everything comes up in the background; without a broker the hall goes on and its device lamps are dark."""
        if self.broker is not None:
            self.broker.start()
        self.announcer.start()
        self._following = threading.Thread(target=self._follow, name="mqtt-side", daemon=True)
        self._following.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._following is not None:
            self._following.join()
        self.announcer.stop()
        if self.broker is not None:
            self.broker.stop()

    def _follow(self) -> None:
        speaking = False
        while not self._stopping.is_set():
            if self.owner() != speaking:
                speaking = not speaking
                (self.mqtt.start if speaking else self.mqtt.stop)()
            self._stopping.wait(FOLLOW_EVERY_S)
        if speaking:
            self.mqtt.stop()


def join_mqtt(
    settings: Settings,
    front: Front,
    engine: Engine,
    devices: Devices,
    *,
    role_of: Callable[[str], Role | None],
    audit: Audit,
) -> MqttSide | None:
    """`devices` is what `front` shows; call before the keeper starts. None: the branch has no broker."""
    if settings.broker.kind is BrokerKind.NONE:
        return None
    keeper, clock = front.keeper, front.clock
    users, password = server_user(settings)
    place = settings.broker
    link = BrokerLink(
        BrokerAddress(place.host, place.port, SERVER_USER, password, place.ca_file),
        server_state(settings.branch, lambda: (keeper.journal_id, keeper.rev), version("powerhall")),
    )
    pads = PadWindows(
        link,
        station_of=devices.station_of,
        hall=lambda: keeper.hall,
        now=clock.now,
        seconds_until=clock.seconds_until,
        new_id=new_id,
    )
    devices.came = pads.greet
    devices.owns_pads = lambda device: role_of(device) in (Role.STATION, Role.PAD, None)
    announcer = Announcer(link, lambda: board_of(front))
    misuse = Misuse(audit=audit)
    front.alarms.watch(misuse.alarms)
    front.alarms.watch(devices.alarms)
    keeper.on_committed(pads.on_committed)
    keeper.on_committed(announcer.on_committed)
    return MqttSide(
        HallMqtt(link, devices, partial(take_press, front), misuse, new_id=new_id),
        announcer,
        _broker(settings, users, engine),
        lambda: keeper.owner,
    )


def server_user(settings: Settings) -> tuple[BrokerUsers, str]:
    """The users' file with the server in it, and the server's own password."""
    users = mosquitto_users(settings) or BrokerUsers(settings.data_dir / USERS_FILE)
    return users, let_in(SERVER_USER, settings, users)


def board_of(front: Front) -> BoardView | None:
    if not front.ready():
        return None
    return front.board()


def new_id() -> str:
    return str(ULID())


def _broker(settings: Settings, users: BrokerUsers, engine: Engine) -> WatchedBroker | None:
    if settings.broker.kind is not BrokerKind.EMBEDDED:
        return None

    def keep_current() -> None:
        with engine.connect() as db:
            rows = db.execute(select(machines.c.device, machines.c.token_hash)).all()
        users.put_hashes({row.device: row.token_hash for row in rows})

    return WatchedBroker(settings.broker.port, users.path, settings.broker.host, each_look=keep_current)
