"""The one family of errors, so that every door can tell ours from a defect."""

from __future__ import annotations

from typing import ClassVar


class NewsdigestError(Exception):
    """
    Something went wrong that a person can act on.

    The message names what, where and what to do. Commands print it as one
    line and exit with `exit_code`.
    """

    exit_code: ClassVar[int] = 1
    is_retryable: ClassVar[bool] = False


class Retryable(NewsdigestError):  # noqa: N818 - reads as advice in an except clause
    """Waiting could help: a time-out, a busy database, a relay that says "later"."""

    is_retryable = True


class UsageError(NewsdigestError):
    """The command or its arguments are wrong; nothing was done."""

    exit_code = 2


class SettingsError(UsageError):
    """
    One or more settings are wrong.

    Attributes:
        problems: One line each, `file:line:column: what is wrong; what to do`.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class WorkspaceError(UsageError):
    """The workspace folder is missing or is not one of ours."""


class StoreError(NewsdigestError):
    """The database could not do what was asked."""


class StoreBusyError(Retryable, StoreError):
    """Another writer held the database for longer than the busy time-out."""


class StoreFullError(StoreError):
    """The disk, or the database's page limit, is full; nothing was half written."""


class StoreAccessError(UsageError, StoreError):
    """The database cannot be reached, or does not let us do what we must; nothing was done."""


class StoreCorruptError(StoreError):
    """The database file is damaged; restore a backup."""


class SchemaError(UsageError, StoreError):
    """The database is older or newer than this program."""


class NotFoundError(NewsdigestError):
    """Nothing stored has the id asked for; at the command line that is wrong usage."""

    exit_code = 2

    def __init__(self, what: str, id_: str) -> None:
        self.what = what
        self.id = id_
        super().__init__(f"{what} {id_!r} does not exist; list what there is to see the ids")


class UnknownAddressError(NotFoundError):
    """Nobody has the address asked for. The message does not repeat it, as messages are logged."""

    def __init__(self) -> None:
        NewsdigestError.__init__(
            self, "nobody has that address; `newsdigest subscribers list` shows who is stored"
        )
        self.what, self.id = "subscriber", ""


class IllegalStepError(NewsdigestError):
    """A record is not in a state in which this step is allowed."""

    def __init__(self, id_: str, message: str) -> None:
        self.id = id_
        super().__init__(f"{id_}: {message}")


class TemplateError(UsageError):
    """A template is missing or wrong; the message begins with `file:line:`."""
