"""`whiteboard key …`: have another key sign the tokens, without throwing anybody out, or with."""

import typer

from app.core.config import load_settings
from app.core.errors import StartError
from app.core.keys import key_path, load_keys, new_key, read_keys, write_keys

key_commands = typer.Typer(help="The keys that sign the tokens.", no_args_is_help=True)


@key_commands.command()
def rotate() -> None:
    """Let a new key sign from now on; tokens signed before stay good."""
    keys = _keys()
    _store([new_key(), *keys])
    typer.echo(f"A new key signs, and {len(keys)} older ones are good until `whiteboard key retire`.")


@key_commands.command()
def retire() -> None:
    """Forget all keys but the one that signs: tokens of older keys end, and their people enter by their links again."""
    newest, *older = _keys()
    _store([newest])
    typer.echo(f"{len(older)} older keys are good no more.")


@key_commands.command("list")
def list_keys() -> None:
    """Tell the ids of the keys, the one that signs first."""
    for key in load_keys(load_settings()).by_id:
        typer.echo(key)


def _keys() -> list[bytes]:
    settings = load_settings()
    if settings.jwt_key is not None:
        raise StartError("The key is a setting: change WHITEBOARD_JWT_KEY (new keys first, after commas older ones).")
    load_keys(settings)
    return read_keys(key_path(settings))


def _store(keys: list[bytes]) -> None:
    try:
        write_keys(key_path(load_settings()), keys)
    except OSError as error:
        raise StartError(f"The key could not be written: {error.strerror}.") from None
