"""Which package index pip is configured to use, told to uv, which does not read pip's settings.

The names of index hosts are read from the machine at run time and passed on through the environment; none is written
anywhere in this repository.
"""

import ast
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

#: pip's setting -> uv's variable and what uv puts between several values.
_SAME: dict[str, tuple[str, str]] = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "keyring-provider": ("UV_KEYRING_PROVIDER", " "),
}
#: Older names of the same uv settings: whoever sets one of them has decided.
_OLDER = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
_KEYRING = {"subprocess": "subprocess", "disabled": "disabled"}


@dataclass(frozen=True)
class UvSettings:
    """What uv is given: variables for its environment, and flags for what has no variable."""

    variables: dict[str, str]
    flags: list[str]


def read_pip_settings(pip: list[str]) -> dict[str, str]:
    """pip's own answer to which settings hold for `pip install`, from all its files and variables; name -> value."""
    shown = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    return parse_pip_settings(shown.stdout) if shown.returncode == 0 else {}


def parse_pip_settings(listing: str) -> dict[str, str]:
    """Settings by name from the lines of `pip config list`: the environment wins over [install], that over [global]."""
    levels: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, found, quoted = line.partition("=")
        level, _, name = key.strip().rpartition(".")
        if found and level in levels:
            levels[level][name] = str(ast.literal_eval(quoted))
    return levels["global"] | levels["install"] | levels[":env:"]


def uv_environment(settings: Mapping[str, str], environment: Mapping[str, str]) -> UvSettings:
    """The same settings in uv's terms; a variable that the user has set for uv already is left alone."""
    variables = {}
    for name, (variable, between) in _SAME.items():
        value = between.join(settings.get(name, "").split())
        if variable == "UV_KEYRING_PROVIDER":
            value = _KEYRING.get(value, "")
        if value and variable not in environment and _OLDER.get(variable, variable) not in environment:
            variables[variable] = value
    if "UV_INDEX_STRATEGY" not in environment:
        # pip takes the best match of all indexes; uv would stop at the first that knows the name, and the pinned
        # version may be on another. What is installed is decided by the hashes either way.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    flags = ["--no-index"] if settings.get("no-index", "").lower() in ("1", "true", "yes", "on") else []
    return UvSettings(variables, flags)
