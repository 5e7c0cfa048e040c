"""Where tables are printed: no number of a table is cut short or broken, however narrow the terminal or the pipe."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from tumen.cli.streams import to_stdout

_UNBOUNDED = 100_000


class Screen(Console):
    """A console on which a table that needs more room than there is runs over the edge instead of losing figures."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as a console does, tables with all that is in them."""
        width = self.width
        needed = [self._keep_words(each) for each in objects if isinstance(each, Table)]
        self.width = max([width, *needed])
        try:
            with to_stdout():
                super().print(*objects, **({"crop": False} | options))
        finally:
            self.width = width

    def _keep_words(self, table: Table) -> int:
        """Let columns shrink to their longest word and no further; the least width of the table then."""
        roomy = self.options.update(max_width=_UNBOUNDED)
        for column in table.columns:
            sizes = [Measurement.get(self, roomy, cell) for cell in (column.header, *column.cells, column.footer)]
            longest, whole = (max(getattr(size, end) for size in sizes) for end in ("minimum", "maximum"))
            if column.no_wrap or longest == whole:
                column.no_wrap, longest = True, whole
            column.min_width = max(column.min_width or 0, longest)
        return Measurement.get(self, roomy, table).minimum
