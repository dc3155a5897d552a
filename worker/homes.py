"""Find the data folder that a command looks at: one that is there, never a new one made by looking.

`footage up` says in a file of this user's which folder it runs on, so that a command in another folder finds it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.domain.errors import WrongUse
from worker.settings import Settings
from worker.supervisor import is_locked

_LONGEST = 4096  # bytes of a path


def existing(settings: Settings) -> Settings:
    """Return the settings with a data folder that is there. Raises WrongUse where there is none.

    Where no folder is named and the default one is missing, it is the folder of the running `footage up`.
    """
    if settings.ledger_url.get_secret_value() or settings.folder.is_dir():
        return settings
    running = running_home() if "home" not in settings.model_fields_set else None
    if running is None:
        text = f"没有数据目录 {settings.folder}：请在运行 footage up 的目录下执行，或用环境变量 FOOTAGE_HOME 指明。"
        raise WrongUse(f"no home at {settings.folder}", code="no-home", text=text)
    return settings.model_copy(update={"home": running})


@contextmanager
def announced(folder: Path) -> Iterator[None]:
    """Say, while the block runs, that `footage up` runs on this folder."""
    note = _note()
    with suppress(OSError):  # only other commands' convenience depends on it
        note.unlink(missing_ok=True)
        with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.fsencode(folder))
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def running_home() -> Path | None:
    """Return the folder that this user's `footage up` has announced, if it is there."""
    try:
        with os.fdopen(os.open(_note(), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            noted = os.fstat(file.fileno())
            if noted.st_uid != os.getuid() or not stat.S_ISREG(noted.st_mode):
                return None
            folder = Path(os.fsdecode(file.read(_LONGEST)))
    except OSError:
        return None
    return folder if folder.is_absolute() and is_locked(folder) else None


def _note() -> Path:
    return Path(tempfile.gettempdir()) / f"footage-home-{os.getuid()}"
