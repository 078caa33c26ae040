"""`hall device`: which machines are the branch's own, and what is on this machine's cables."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from server.cli_programs import become
from server.domain.vocabulary import Role
from server.terminal import HERE, ConfigDir, accounts_of, end, settings_of, show

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

device = typer.Typer(
    no_args_is_help=True,
    help="Machines of the hall (kiosks, counters, stations, displays, pads with a line of their own) and what is on "
    "their cables.",
)


# -- the branch's machines ------------------------------------------------------------
@device.command("code")
def device_code(
    name: str,
    role: Annotated[Role, typer.Option(help="kiosk, counter, station, display or pad.")],
    counter: Annotated[int | None, typer.Option(help="The only counter it may stand for.")] = None,
    config: ConfigDir = HERE,
) -> None:
    """A one-time code with which the machine of this name enrols within an hour."""
    from server.application.callers import AccountError
    from server.console import invite

    with accounts_of(config) as book:
        try:
            show([invite(book, name, role, counter)])
        except AccountError as error:
            end(str(error))


@device.command("revoke")
def device_revoke(name: str, config: ConfigDir = HERE) -> None:
    """The machine's token dies, and the sessions on it."""
    with accounts_of(config) as book:
        if not book.revoke_machine(name):
            end(f"no machine {name} is enrolled; see `hall device list`")


@device.command("list")
def device_list(config: ConfigDir = HERE) -> None:
    """Lists the machines that are enrolled, where the hall's database is, and this machine's ports and devices."""
    if _is_branch(config):
        typer.echo("Machines of the branch, and since when they are enrolled:")
        with accounts_of(config) as book:
            machines = book.machines()
            for machine in machines:
                place = f"counter {machine.counter}" if machine.counter is not None else ""
                typer.echo(f"  {machine.role:8} {machine.device:16} {machine.enrolled_at:%Y-%m-%d %H:%M} {place}")
            if not machines:
                typer.echo("  none")
    sys.stdout.flush()
    become("devices", ["ports", "--config", str(config)])


def _is_branch(config: Path) -> bool:
    """Whether the branch's database is here: a machine of devices alone has none, and looking makes none."""
    from server.adapters.database import missing_file

    return (config / "hall.toml").is_file() and missing_file(settings_of(config).database_url) is None


@device.command("enrol")
def device_enrol(
    name: str,
    url: Annotated[str, typer.Option(envvar="HALL_URL", help="Of the hall's server.")],
    branch: Annotated[str, typer.Option(envvar="HALL_BRANCH")],
    data: Annotated[Path, typer.Option(envvar="HALL_DATA")] = Path("~/.local/share/powerhall"),
    ca_file: Annotated[
        Path | None, typer.Option(envvar="HALL_CA_FILE", help="With https: the branch's own authority.")
    ] = None,
) -> None:
    """On the machine itself: asks for the code, spends it and keeps the token in `tokens/NAME` of its data directory.

    The code is of `hall init` or `hall device code`. It is read from the standard input, where no list of processes
    shows it.
    """
    from server.adapters.secret_files import keep_secret, must_keep

    file = data.expanduser() / "tokens" / name
    try:
        must_keep(file)
    except OSError as error:
        end(f"{error.filename}: {error.strerror}; the code is not spent. --data or HALL_DATA says where the token goes")
    code = typer.prompt("Code", hide_input=sys.stdin.isatty(), err=True)
    keep_secret(file, _enrolled(name, code, url, branch, ca_file))
    typer.echo(f"{name} is enrolled; its token is in {file}")


def _enrolled(name: str, code: str, url: str, branch: str, ca_file: Path | None) -> str:
    from pydantic import ValidationError

    from server.contract.acts import Enrol
    from server.link.acts import HallClient
    from server.link.errors import ActRefused, HallAway

    if ca_file is not None and not ca_file.is_file():
        end(f"--ca-file: there is no file {ca_file}", 2)
    client = HallClient(url, branch, "", ca_file=ca_file)
    try:
        return client.enrol(Enrol(code=code.strip(), device=name))
    except ValidationError:
        end("a device id has 1-32 of a-z 0-9 -; a code at least 8 letters and digits")
    except ActRefused as refused:
        end(f"{url} refuses: {refused.problem.detail}")
    except HallAway as away:
        end(f"{url} does not answer: {away}")
    finally:
        client.close()


# -- on this machine's cables ------------------------------------------------------------
@device.command("ports", context_settings=PASS_ON)
def device_ports(context: typer.Context) -> None:
    """The second half of `hall device list`: ports of this machine by names that stay, and what devices.toml has."""
    become("devices", ["ports", *context.args])


@device.command("test", context_settings=PASS_ON)
def device_test(context: typer.Context) -> None:
    """Has one device do what it is for (prints a slip, lights a pad, waits for a key), and says how it is."""
    become("devices", ["test", *context.args])


@device.command("roll", context_settings=PASS_ON)
def device_roll(context: typer.Context) -> None:
    """A new roll of paper was put in: NAME counts from the start, with --metres of another length than usual."""
    become("devices", ["roll", *context.args])


@device.command("doctor", context_settings=PASS_ON)
def device_doctor(context: typer.Context) -> None:
    """Looks at each device's port and asks the printers, as `hall doctor` does; nothing is printed or lit."""
    become("devices", ["doctor", *context.args])


@device.command("simulate", context_settings=PASS_ON)
def device_simulate(context: typer.Context) -> None:
    """Plays the far ends of one kind, or of all, on a screen: keys press, pull cables, take the paper out."""
    become("devices", ["simulate", *context.args])


@device.command("voices", context_settings=PASS_ON)
def device_voices(context: typer.Context) -> None:
    """Makes the recorded words of the hall's voice that are missing, with espeak-ng."""
    become("devices", ["voices", *context.args])
