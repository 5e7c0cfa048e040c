"""sources.bib as Zotero, JabRef and DBLP write it, and what is refused of it with its line."""

import subprocess
import sys
import time

import pytest

from tumen.case.bibliography import read_sources
from tumen.errors import CaseError, Issues

WRITTEN = """% Encoding: UTF-8, by hand: ask a@host (or @misc{NOT, title = {an entry}})
@string{lc = "Library of " # {{Congress}}}
@preamble{"\\newcommand{\\x}{y}"}
  @Article{DBLP:journals/corr/abs-2101.00001,
  Author    = {Ann Lee and
               B. Kim},
  title     = "On {DNA} and {\\'{e}}migr{\\'{e}}s: say {"}no{"}, 1 # 2",
  journal   = LC # ", " # mar # { 5},
  year      = 2003,
  month     = jan,
  biburl    = {https://dblp.org/rec/journals/corr/abs-2101.00001.bib?a=b},
}
text, mail@host.org, between entries
@online(zotero_2020, title = {{A Title}}, publisher = lc)

@Comment{jabref-meta: databaseType:biblatex;}
@Comment{jabref-meta: grouping:
0 AllEntriesGroup:;
}
"""


def read(text, name="sources.bib"):
    issues = Issues()
    try:
        sources = read_sources(name, text if isinstance(text, bytes) else text.encode(), issues)
        issues.raise_if_any()
    except CaseError as error:
        return sources if len(issues) else {}, str(error).split("\n")
    return sources, []


CHANGES = {"LF": str, "CRLF": lambda text: text.replace("\n", "\r\n"), "BOM": "\ufeff".__add__}


@pytest.mark.parametrize("change", CHANGES)
def test_a_bibliography_of_other_programs_is_read(change):
    sources, problems = read(CHANGES[change](WRITTEN))
    assert problems == []
    first, second = sources["DBLP:journals/corr/abs-2101.00001"], sources["zotero_2020"]
    assert (first.line, first.kind, first.year, second.line, second.kind) == (4, "article", 2003, 14, "online")
    assert first.title == "On DNA and \\'emigr\\'es: say \"no\", 1 # 2"
    assert first.fields["journal"] == "Library of Congress, mar 5"
    assert (first.fields["author"], first.fields["month"]) == ("Ann Lee and B. Kim", "jan")
    assert second.fields == {"title": "A Title", "publisher": "Library of Congress"}
    assert len(sources) == 2


CANNOT = (
    "an entry that cannot be read - b.bib:{} - expected @type{{KEY, field = {{text}}, ...}} - check commas, braces and "
)
CANNOT += "quotes of this entry"
REFUSED = {
    "no comma between fields": ("@misc{A, title = {x}\n year = 2003}", [CANNOT.format(1)]),
    "two texts in one field": ("\n@misc{A, title = {x} {y}}", [CANNOT.format(2)]),
    "an abbreviation nobody defines": ("@misc{A, title = x}", [CANNOT.format(1)]),
    "joined to nothing": ("@misc{A, title = {x} # }", [CANNOT.format(1)]),
    "no brace": ("\n\n@misc A, title = {x}", [CANNOT.format(3)]),
    "not closed": ("@misc{A, title = {x}\n", [CANNOT.format(1)]),
    "a field twice": (
        "@misc{A, title = {x}, year = 1999,\n Year = 2000}",
        ["field 'year' appears twice - b.bib:1, A - expected each field once - delete one of them"],
    ),
    "a key twice": (
        "@misc{A, title = {x}}\n@misc{A, title = {y}}",
        [
            "source 'A' appears twice - b.bib:2, A - expected one entry for each key (the first is on line 1) - "
            "delete or rename one of them"
        ],
    ),
    "a key of two words": (
        "@misc{A b, title = {x}}",
        ["'A b' cannot be a key - b.bib:1, A b - expected letters, digits, _ : + / . - - rename the source"],
    ),
    "the word for no source": (
        "@misc{assumed, title = {x}}",
        ["'assumed' cannot be a key - b.bib:1, assumed - expected letters, digits, _ : + / . - - rename the source"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_wrong_is_said_with_its_line(kind):
    text, said = REFUSED[kind]
    assert read(text, "b.bib")[1] == said


def test_entries_after_a_broken_one_are_read():
    sources, problems = read("@misc{A, title = {x\n@misc{B, title = {y}}\n@misc{C title = {y}}\n@misc{D, title = {z}}")
    assert [*sources] == ["B", "D"]
    assert [problem.split(" - ")[1] for problem in problems] == ["sources.bib:1", "sources.bib:3"]


STRINGS = b"".join(b"@string{a%d=a%d#a%d}\n" % (i, i - 1, i - 1) for i in range(1, 9_000))
HOSTILE = {
    "openings": b"@a{\n" * 250_000,
    "unclosed values": b"@a{b,t={\n" * 90_000,
    "parentheses": b"@a(\n" * 250_000,
    "comments": b"@comment{\n" * 100_000,
    "fields of one name": b"@a{b," + b"t={x},\n" * 140_000 + b"}",
    "signs of equality": b"@a{b,\n" + b"=,\n" * 330_000,
    "braces": b"@a{b,t={\n" + (b"{" * 9_999 + b"\n") * 100,
    "strings of strings": STRINGS,
    "a doubling of strings": b'@string{a0="xxxxxxxx"}\n' + STRINGS,
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_megabyte_of_anything_is_refused_or_read_in_two_seconds(kind):
    begin = time.process_time()
    sources, problems = read(HOSTILE[kind])
    assert time.process_time() - begin < 2
    assert len(problems) <= 41
    assert problems or not sources


def test_the_parser_keeps_its_warnings_to_itself():
    code = "from tumen.case.bibliography import *; read_sources('a', b'@a{b,t={', Issues())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
