"""What can be wrong with a result folder, said in one sentence."""

from __future__ import annotations

import errno
from pathlib import Path

#: the place was badly chosen: another `-o` helps
_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.EEXIST}
_PLACE |= {errno.ENAMETOOLONG, errno.ELOOP}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class ResultError(ValueError):
    """A result that cannot be written or read: what is wrong - where - what was expected - what to do.

    `code` is the exit code a command ends with: 2 where the input was wrong, 1 where the work failed on the way.
    """

    def __init__(self, what: str, where: str, expected: str, remedy: str, code: int = 2) -> None:
        self.what, self.where, self.expected, self.remedy, self.code = what, where, expected, remedy, code
        super().__init__(f"{what} - {where} - expected {expected} - {remedy}")


def unwritable(error: OSError, target: Path, kept: str = "nothing was kept") -> ResultError:
    """The sentence for an operating-system error met while writing `target`; kept: what is there all the same."""
    where = str(target)
    if error.errno in _FULL:
        return ResultError(
            f"the disk is full: {kept}", where, "room for the result", "free some space or give another -o", 1
        )
    reason = (error.strerror or str(error)).lower()
    if error.errno in _PLACE:
        return ResultError(
            f"the folder cannot be written ({reason})", where, "a place you may write to", "give another -o DIR"
        )
    return ResultError(
        f"writing failed ({reason}): {kept}", where, "a working disk", "try again or give another -o DIR", 1
    )


def unreadable(error: OSError, path: Path) -> ResultError:
    """The sentence for an operating-system error met while reading `path`."""
    reason = (error.strerror or str(error)).lower()
    return ResultError(f"the file cannot be read ({reason})", str(path), "a readable file", "check its permissions")
