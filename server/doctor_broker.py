"""What `hall doctor` looks at where programs come in: certificates, the broker, its users and rules, open ports."""

import os
import pwd
import re
import socket
import ssl
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server.adapters import mosquitto
from server.adapters.account_tables import machines
from server.adapters.broker_users import KEYS, USERS_FILE, BrokerUsers
from server.adapters.certificates import CertificateError, ends_at
from server.adapters.database import missing_file, open_engine
from server.config_files import BrokerKind
from server.contract.topics import DOCTOR_USER
from server.findings import Finding, Findings, Health
from server.installing import authority_of
from server.knocking import Visit, shake_hands
from server.settings import ConfigError, Settings

PATIENCE_S = 2.0
RENEW = timedelta(days=30)
INIT = "run `hall init --files` and restart the broker"
Address = IPv4Address | IPv6Address


def tls(settings: Settings, now: datetime) -> Findings:
    if settings.tls is None:
        return
    for file in dict.fromkeys((settings.tls.certificate, authority_of(settings))):
        if file is None or not file.is_file():
            continue
        try:
            end = ends_at(file)
        except CertificateError as error:
            yield Finding("tls", Health.FAULT, f"{file} cannot be read: {error}", "put a PEM certificate there")
            continue
        to_do = "get a new one; where `hall init` made it: delete it, `hall init --files`, restart server and broker"
        if end <= now:
            yield Finding("tls", Health.FAULT, f"{file} ended on {end:%Y-%m-%d}", to_do)
        elif end - now < RENEW:
            yield Finding("tls", Health.LOOK, f"{file} ends on {end:%Y-%m-%d}", to_do)
        else:
            yield Finding("tls", Health.OK, f"{file} is good until {end:%Y-%m-%d}")


def broker(settings: Settings) -> Findings:
    place = f"{settings.broker.kind} at {settings.broker.host}:{settings.broker.port}"
    if settings.broker.kind is BrokerKind.NONE:
        yield Finding("broker", Health.LOOK, "none is configured", "pads and signs need one: set broker.kind")
        return
    if settings.broker.kind is BrokerKind.MOSQUITTO:
        yield from _files(settings)
        yield from _users(settings)
    if not reaches(settings.broker.host, settings.broker.port):
        if settings.broker.kind is BrokerKind.EMBEDDED:
            yield Finding("broker", Health.OK, f"{place} is not running; it starts with the server")
        else:
            yield Finding("broker", Health.FAULT, f"{place} does not answer", "start mosquitto, or correct [broker]")
        return
    try:
        shake_hands(settings.broker, PATIENCE_S)
        yield from _visits(settings, place)
    except ssl.SSLCertVerificationError as error:
        what = f"{place} shows a certificate that is not good: {error.verify_message}"
        yield Finding("broker", Health.FAULT, what, "give it one that broker.ca_file signed, for this host's name")
    except (ssl.SSLError, ConnectionError, TimeoutError) as error:
        what = f"{place} does not speak {'TLS' if settings.broker.ca_file else 'plain MQTT'}: {error}"
        yield Finding("broker", Health.FAULT, what, INIT)


def _files(settings: Settings) -> Findings:
    try:
        wanted = mosquitto.files(settings)
    except ConfigError as error:
        yield Finding("broker", Health.FAULT, str(error), "put back config/mosquitto")
        return
    for path, text in wanted.items():
        if not path.is_file():
            yield Finding("broker", Health.FAULT, f"{path} is not there", INIT)
        elif (found := path.read_text(encoding="utf-8")) != text:
            what = f"{path} is not what hall.toml and config/mosquitto of this version make"
            yield Finding("broker", Health.FAULT, what, INIT)
            if re.search(r"^\s*persistence\s+true", found, re.MULTILINE):
                what = f"{path} persists messages: the broker would bring back what is no longer so"
                yield Finding("broker", Health.FAULT, what, "set persistence false")
        else:
            yield Finding("broker", Health.OK, f"{path} is of this version")


def _users(settings: Settings) -> Findings:
    file = settings.data_dir / USERS_FILE
    if not file.is_file():
        yield Finding("broker", Health.FAULT, f"{file} is not there: nobody can come in", INIT)
        return
    pid = mosquitto.running(settings.data_dir / mosquitto.BROKER_DIR / mosquitto.PID)
    reader = Path(f"/proc/{pid}").stat().st_uid if pid else settings.data_dir.stat().st_uid
    if not _readable(file, reader):
        name = pwd.getpwuid(reader).pw_name
        what = f"{file} cannot be read by {name}, as whom mosquitto runs: changes of users do not reach it"
        yield Finding("broker", Health.FAULT, what, "run mosquitto as the hall's user, as config/systemd does")
    known = BrokerUsers(file).read()
    outside = [device for device in _enrolled(settings) if not known.get(device, "").startswith("$7$")]
    if outside:
        what = f"{', '.join(outside)} enrolled before broker.kind was mosquitto and cannot come in there"
        yield Finding("broker", Health.FAULT, what, "`hall device revoke`, then `hall device code`, and enrol again")


def _enrolled(settings: Settings) -> list[str]:
    """Empty when the database is not there or does not answer, which another finding tells."""
    if missing_file(settings.database_url) is not None:
        return []
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(select(machines.c.device).order_by(machines.c.device)).scalars())
    except SQLAlchemyError:
        return []
    finally:
        engine.dispose()


def _visits(settings: Settings, place: str) -> Findings:
    """Knocks as a stranger without a name, then as the doctor, who may do what any device may."""
    with Visit(settings.broker, PATIENCE_S) as stranger:
        refused = stranger.refused
    if refused:
        yield Finding("broker", Health.OK, f"{place} answers, and lets nobody in without a name")
    else:
        yield Finding("broker", Health.FAULT, f"{place} lets in who gives no name", f"allow_anonymous false: {INIT}")
    if settings.broker.kind is not BrokerKind.MOSQUITTO:
        return
    key = settings.data_dir / KEYS[DOCTOR_USER]
    password = key.read_bytes().hex() if key.is_file() else ""
    with Visit(settings.broker, PATIENCE_S, DOCTOR_USER, password) as visit:
        if visit.refused:
            what = f"{place} does not let in the doctor: it has not read its users again"
            yield Finding("broker", Health.FAULT, what, INIT)
        elif visit.may_write_live(settings.branch):
            what = f"{place} lets a device write what only the server may say"
            yield Finding("broker", Health.FAULT, what, f"acl_file: {INIT}")
        else:
            yield Finding("broker", Health.OK, "a device may write below its own name alone")


def ports(settings: Settings) -> Findings:
    """Whether somebody can come to a port from further away than hall.toml says."""
    doors = {("server", settings.host, settings.port)}
    if settings.broker.kind is not BrokerKind.NONE:
        doors.add(("broker", settings.broker.host, settings.broker.port))
    for name, host, port in sorted(doors):
        wider = listening(port) - _addresses(host)
        if wider and not any(address.is_unspecified for address in _addresses(host)):
            told = ", ".join(str(address) for address in sorted(wider, key=str))
            what = f"port {port} of the {name} is open at {told}, though hall.toml says {host}"
            yield Finding("ports", Health.FAULT, what, "see who listens there: ss -ltnp")


def reaches(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), PATIENCE_S):
            return True
    except OSError:
        return False


def listening(port: int) -> set[Address]:
    """The addresses of this machine at which somebody listens on `port`; empty where Linux's tables are not."""
    found: set[Address] = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []
        for local, state in ((line.split()[1], line.split()[3]) for line in lines):
            address, _, at = local.partition(":")
            if state == "0A" and int(at, 16) == port:
                found.add(_from_words(address))
    return found


def _from_words(told: str) -> Address:
    """An address in the kernel's notation: words of four bytes, each in the machine's order."""
    words = bytes.fromhex(told)
    return ip_address(b"".join(words[at : at + 4][::-1] for at in range(0, len(words), 4)))


def _addresses(host: str) -> set[Address]:
    try:
        return {ip_address(str(found[4][0])) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return set()


def _readable(file: Path, uid: int) -> bool:
    if uid == 0:
        return True
    groups = os.getgrouplist(pwd.getpwuid(uid).pw_name, pwd.getpwuid(uid).pw_gid)

    def allows(path: Path, bit: int) -> bool:
        stat = path.stat()
        shift = 6 if stat.st_uid == uid else 3 if stat.st_gid in groups else 0
        return bool(stat.st_mode >> shift & bit)

    return allows(file, 4) and all(allows(folder, 1) for folder in file.absolute().parents)
