"""The files that a branch needs beside its database: certificates, mosquitto's own, the key of its card readers."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from server.adapters import mosquitto
from server.adapters.broker_users import let_in, mosquitto_users
from server.adapters.certificates import make_authority, make_server_certificate
from server.adapters.secret_files import secret_of
from server.contract.topics import DOCTOR_USER, SERVER_USER
from server.settings import Settings

CARD_KEY: Final = "card.key"
"""By it the readers of identity cards hash their numbers; each machine with such a reader gets a copy."""
EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- told apart, not bound


def install(settings: Settings) -> list[Path]:
    """Makes what hall.toml names of TLS and is not there, and mosquitto's files anew; -> what was written.

    Raises ConfigError and CertificateError.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = [*_certificates(settings), *_card_key(settings)]
    users = mosquitto_users(settings)
    if users is not None:
        written += mosquitto.write(settings)
        for program in (SERVER_USER, DOCTOR_USER):
            let_in(program, settings, users)
    return written


def authority_of(settings: Settings) -> Path | None:
    """The certificate against which the branch's programs check the server; None without TLS."""
    if settings.tls is None:
        return None
    return settings.broker.ca_file or settings.tls.certificate.with_name("ca.crt")


def hosts_of(settings: Settings) -> list[str]:
    """Every name by which programs and browsers may reach the server."""
    public = urlsplit(settings.public_url or "").hostname
    named = [public, settings.host, settings.broker.host, socket.gethostname(), "localhost", "127.0.0.1", "::1"]
    return list(dict.fromkeys(host for host in named if host and host not in EVERYWHERE))


def _card_key(settings: Settings) -> Iterator[Path]:
    path = settings.data_dir / CARD_KEY
    if not path.exists():
        secret_of(path)
        yield path


def _certificates(settings: Settings) -> Iterator[Path]:
    """An authority only where the server needs a certificate and has none: one that was given is never touched."""
    tls, authority = settings.tls, authority_of(settings)
    if tls is None or authority is None or tls.certificate.exists():
        return
    if not authority.exists():
        make_authority(authority, f"Powerhall {settings.branch}")
        yield authority
    make_server_certificate(authority, tls.certificate, tls.key, hosts_of(settings))
    yield tls.certificate
    yield tls.key
