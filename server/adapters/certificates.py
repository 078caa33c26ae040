"""A branch's own authority and the certificate it gives its server, made by the `openssl` command.

A command rather than a library: it is wanted once a branch, and `openssl` stands on every Debian.
"""

import ssl
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

AUTHORITY_DAYS: Final = 3650
SERVER_DAYS: Final = 825
"""What browsers of Apple, the strictest, still take from an authority that a technician installed."""
_NEW_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class CertificateError(Exception):
    """A certificate cannot be made or read."""


def key_of(authority: Path) -> Path:
    """Where the authority's key lies, beside its certificate; whoever reads it can pass for any server of the hall."""
    return authority.with_suffix(".key")


def make_authority(authority: Path, name: str) -> None:
    """A new authority that signs servers and nothing else; its key is readable by its owner alone."""
    extensions = ("basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign")
    authority.parent.mkdir(parents=True, exist_ok=True)
    with _workshop(authority) as bench:
        certificate, key = Path(bench, "crt"), Path(bench, "key")
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-days", str(AUTHORITY_DAYS), "-subj", f"/CN={name}"),
            *(word for each in extensions for word in ("-addext", each)),
            *("-keyout", str(key), "-out", str(certificate)),
        )
        _put(key, key_of(authority), 0o600)
        _put(certificate, authority, 0o644)


def make_server_certificate(authority: Path, certificate: Path, key: Path, hosts: Sequence[str]) -> None:
    """A certificate for a server reached as `hosts`, signed by our own authority."""
    if not key_of(authority).is_file():
        raise CertificateError(f"{key_of(authority)} is not here, so nothing can be signed in the name of {authority}")
    for place in (certificate, key):
        place.parent.mkdir(parents=True, exist_ok=True)
    with _workshop(certificate) as bench:
        request, extensions, made = Path(bench, "csr"), Path(bench, "ext"), Path(bench, "crt")
        new_key = Path(bench, "key")
        extensions.write_text(_extensions(hosts), encoding="ascii")
        _openssl(
            *("req", *_NEW_KEY, "-subj", f"/CN={hosts[0][:64]}"),
            *("-keyout", str(new_key), "-out", str(request)),
        )
        _openssl(
            *("x509", "-req", "-in", str(request), "-days", str(SERVER_DAYS), "-extfile", str(extensions)),
            *("-CA", str(authority), "-CAkey", str(key_of(authority)), "-CAcreateserial"),
            *("-CAserial", str(Path(bench, "serial")), "-out", str(made)),
        )
        _put(new_key, key, 0o600)
        _put(made, certificate, 0o644)


def ends_at(certificate: Path) -> datetime:
    told = _openssl("x509", "-in", str(certificate), "-noout", "-enddate").strip()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told.removeprefix("notAfter=")), UTC)


def _extensions(hosts: Iterable[str]) -> str:
    names = ",".join(f"{'IP' if _is_address(host) else 'DNS'}:{host}" for host in dict.fromkeys(hosts))
    return (
        f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _workshop(beside: Path) -> tempfile.TemporaryDirectory[str]:
    """A directory that only we can read, on the same disk as what is made in it."""
    return tempfile.TemporaryDirectory(dir=beside.parent, prefix=".making-")


def _put(made: Path, place: Path, mode: int) -> None:
    made.chmod(mode)
    made.replace(place)


def _openssl(*words: str) -> str:
    try:
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=True, umask=0o077)
    except FileNotFoundError:
        raise CertificateError("the command openssl is not here: apt-get install openssl") from None
    except subprocess.CalledProcessError as error:
        raise CertificateError(f"openssl: {error.stderr.strip().splitlines()[-1] if error.stderr else error}") from None
    return done.stdout
