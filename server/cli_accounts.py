"""`hall user` and `hall device`: who may sign in, and which machines are the branch's own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from server.domain.vocabulary import Role
from server.terminal import HERE, ConfigDir, accounts_of, end, show

user = typer.Typer(no_args_is_help=True, help="People: clerks, guides, managers, auditors.")
device = typer.Typer(
    no_args_is_help=True,
    help="Machines of the hall (kiosks, counters, stations, displays) and the devices on their cables.",
)


@user.command("add")
def user_add(staff: str, role: Role = Role.CLERK, config: ConfigDir = HERE) -> None:
    """Adds a person and prints the new secret, or gives a known one a new role."""
    _person(staff, role, config)


@user.command("reset")
def user_reset(staff: str, config: ConfigDir = HERE) -> None:
    """A new secret for a person; ends their sessions."""
    _person(staff, None, config)


def _person(staff: str, role: Role | None, config: Path) -> None:
    from server.application.callers import AccountError
    from server.console import put_person

    with accounts_of(config) as book:
        given = role or dict(book.people()).get(staff)
        if given is None:
            end(f"there is no {staff}; see `hall user list`")
        try:
            show([put_person(book, staff, given)])
        except AccountError as error:
            end(str(error))


@user.command("remove")
def user_remove(staff: str, config: ConfigDir = HERE) -> None:
    """Takes a person's account away; what they did stays in the journal."""
    with accounts_of(config) as book:
        if not book.remove_person(staff):
            end(f"there is no {staff}; see `hall user list`")


@user.command("list")
def user_list(config: ConfigDir = HERE) -> None:
    """Who may sign in."""
    with accounts_of(config) as book:
        for staff, role in book.people():
            typer.echo(f"{role.value:8} {staff}")


@device.command("code")
def device_code(
    name: str,
    role: Annotated[Role, typer.Option(help="kiosk, counter, station or display.")],
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
    """Lists the enrolled machines and since when; `hall device ports` lists what is on their cables."""
    with accounts_of(config) as book:
        for machine in book.machines():
            place = f"counter {machine.counter}" if machine.counter is not None else ""
            typer.echo(f"{machine.role:8} {machine.device:16} {machine.enrolled_at:%Y-%m-%d %H:%M} {place}")


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
    from server.adapters.secret_files import keep_secret

    code = typer.prompt("Code", hide_input=sys.stdin.isatty(), err=True)
    token = _enrolled(name, code, url, branch, ca_file)
    file = data.expanduser() / "tokens" / name
    keep_secret(file, token)
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
