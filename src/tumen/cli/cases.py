"""`tumen cases`: the cases that come with the package."""

from __future__ import annotations

from tumen.cli.options import AsJson
from tumen.cli.output import answer, document


def cases(as_json: AsJson = False) -> None:
    """List the shipped cases, one line each."""
    from tumen.case import shipped

    found = shipped()
    if as_json:
        document({"cases": [{"name": name, "title": title} for name, title in found]})
        return
    width = max((len(name) for name, _ in found), default=0)
    for name, title in found:
        answer(f"{name:<{width}}  {title}")
