"""Every check of a deployment, in the order in which people read them."""

from functools import partial

from app.core.config import Settings, parse_origin, unread_variables
from app.core.errors import StartError
from app.core.keys import key_path
from app.services.inspection import choices, disk, front, live_state, machine, storing
from app.services.inspection.findings import Check, warn


def checks(settings: Settings, url: str | None) -> list[Check]:
    """The checks; those of a public address only if one is given. Raises StartError if it is none."""
    if url is not None:
        try:
            parse_origin(url)
        except ValueError as error:
            raise StartError(f"--url: {error}.") from None
    directory = settings.data_dir.absolute()
    every: list[Check] = [
        ("versions", machine.versions),
        ("settings", partial(choices.settings, settings, unread_variables())),
    ]
    if directory.is_dir():
        every += [
            ("disk space", partial(disk.room, directory)),
            ("file system", partial(disk.file_system, directory)),
            ("fsync", partial(disk.sync_speed, directory)),
            ("rights", partial(disk.closed_to_others, directory, [key_path(settings)])),
        ]
    else:
        missing = warn("data directory", f"{directory} is not there yet", "start the server once, or see the settings")
        every.append(("data directory", lambda: [missing]))
    every += [
        ("database", partial(storing.database, settings)),
        ("backups", partial(storing.backups, settings)),
        ("Redis", partial(live_state.redis, settings)),
        ("open files", machine.files),
        ("clock", machine.clock),
    ]
    return every if url is None else [*every, ("address", partial(front.front, settings, url))]
