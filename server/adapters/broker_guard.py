"""Who may do what at the embedded broker: the same rules as `config/mosquitto/acl`, as amqtt plugins."""

from dataclasses import dataclass
from pathlib import Path

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from server.adapters.broker_users import BrokerUsers, is_user_name, matches
from server.contract.topics import CENTRE_USER, ROOT, SERVER_USER

DEVICE_WRITES = ("state", "part/+", "alert/+", "event/+")
DEVICE_READS = ("state", "command/+")


def allowed(user: str, topic: str, *, write: bool) -> bool:
    """Whether `user` may publish to, or subscribe to, `topic` (a filter when reading)."""
    return is_user_name(user) and any(covers(rule, topic) for rule in _rules(user, write=write))


def covers(rule: str, topic: str) -> bool:
    """Whether everything that `topic`, which may be a filter itself, names lies within `rule`."""
    rules, levels = rule.split("/"), topic.split("/")
    for index, step in enumerate(rules):
        if step == "#":
            return True
        if index >= len(levels) or levels[index] == "#":
            return False
        if step not in ("+", levels[index]):
            return False
    return len(rules) == len(levels)


def _rules(user: str, *, write: bool) -> tuple[str, ...]:
    if user == SERVER_USER:
        return (f"{ROOT}/#",)
    if user == CENTRE_USER:
        stored = f"{ROOT}/+/journal/stored"
        return (stored,) if write else (stored, f"{ROOT}/+/journal", f"{ROOT}/+/server/state")
    own = tuple(f"{ROOT}/+/device/{user}/{rest}" for rest in (DEVICE_WRITES if write else DEVICE_READS))
    return own if write else (*own, f"{ROOT}/+/live/#", f"{ROOT}/+/server/state")


class Doorman(BaseAuthPlugin):  # type: ignore[misc]  # amqtt tells no types
    """Lets in who is in the users' file and names itself alike as user, client and in its will."""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users = BrokerUsers(Path(self._get_config_option("users_file")))

    async def authenticate(self, *, session: Session) -> bool:
        user = session.username or ""
        stored = self._users.read().get(user)
        if stored is None or not matches(session.password or "", stored):
            return False
        will_ok = not session.will_flag or allowed(user, session.will_topic or "", write=True)
        return session.client_id == user and will_ok

    @dataclass
    class Config:
        users_file: str = ""


class Rules(BaseTopicPlugin):  # type: ignore[misc]  # amqtt tells no types
    """Keeps everyone to its own topics."""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        if session is None or not topic:
            return False
        return allowed(session.username or "", topic, write=action == Action.PUBLISH)

    @dataclass
    class Config:
        """Nothing to set."""
