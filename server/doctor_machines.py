"""`hall doctor` on who opens what: devices whose `at` is no enrolled machine, or one that never opens such a device."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from server.adapters.account_tables import machines
from server.adapters.database import missing_file, open_engine
from server.domain.vocabulary import Role
from server.findings import Finding, Findings, Health
from server.settings import ConfigError, Settings, read_toml

_KINDS: Mapping[Role, frozenset[str]] = {
    Role.KIOSK: frozenset({"ticket_printer", "code_reader", "card_reader"}),
    Role.STATION: frozenset({"ticket_printer", "rating_pad", "led_sign", "announcer", "call_pads"}),
    Role.PAD: frozenset({"rating_pad"}),
}
"""What each kind of machine opens, as devices.toml calls it."""


def openers(settings: Settings) -> Findings:
    """What else is wrong in devices.toml is told elsewhere."""
    enrolled = _enrolled(settings)
    if enrolled is None:
        return
    nobodys: dict[str, list[str]] = {}
    for name, device in _listed(settings).items():
        kind, at = device.get("kind"), device.get("at")
        if not isinstance(kind, str) or not isinstance(at, str):
            continue
        role = enrolled.get(at)
        if role is None:
            nobodys.setdefault(at, []).append(name)
        elif kind not in _KINDS.get(role, ()):
            able = " or ".join(role.value for role, kinds in _KINDS.items() if kind in kinds)
            what = f"{name}: its `at`, {at}, is a {role.value}, which opens no {kind}"
            yield Finding("devices", Health.FAULT, what, f"name a {able} there")
    for at, names in nobodys.items():
        what = f"nothing opens {', '.join(names)}: no machine {at} is enrolled"
        yield Finding("devices", Health.LOOK, what, f"`hall device enrol {at}` on that machine, or correct their `at`")


def _listed(settings: Settings) -> dict[str, dict[str, Any]]:
    try:
        listed = read_toml(settings.config_dir / "devices.toml").get("devices", {})
    except ConfigError:
        return {}
    entries = listed.items() if isinstance(listed, dict) else ()
    return {name: device for name, device in entries if isinstance(device, dict)}


def _enrolled(settings: Settings) -> Mapping[str, Role] | None:
    """None where the database does not say."""
    if missing_file(settings.database_url) is not None:
        return None
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as db:
            if not inspect(db).has_table(machines.name):
                return None
            return {row.device: Role(row.role) for row in db.execute(select(machines.c.device, machines.c.role))}
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()
