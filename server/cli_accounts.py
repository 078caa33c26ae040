"""`hall user`: who may sign in."""

from pathlib import Path

import typer

from server.domain.vocabulary import Role
from server.terminal import HERE, ConfigDir, accounts_of, end, show

user = typer.Typer(no_args_is_help=True, help="People: clerks, guides, managers, auditors.")


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
