"""Tables whose header says what a column holds: CSV, Markdown, and the rows of an SQL INSERT.

Where a header is a label, each cell of its column is a value, whatever it looks like.
"""

from collections.abc import Iterable, Mapping, Sequence

import regex
from presidio_analyzer import Pattern, RecognizerResult

from nilometer.streams.mask import keys, kinds
from nilometer.streams.mask.limits import CLOCK
from nilometer.streams.mask.recognizers.form import CERTAIN, Selective, Span, compiled, result
from nilometer.streams.mask.recognizers.person import name_like

MAX_COLUMNS = 60
_LINE = compiled(r"^[^\n]*$")
_INSERT = compiled(
    r"(?i:\binsert\s+into)\s+[\w.\"`\[\]]{1,80}\s*\((?P<names>[^()\n]{3,1000})\)\s*(?i:values)\s*"
    r"(?P<rows>\((?:'(?:[^']|'')*+'|[^()'])*+\)(?:\s*,\s*\((?:'(?:[^']|'')*+'|[^()'])*+\))*+)"
)
_ROW = compiled(r"\((?P<cells>(?:'(?:[^']|'')*+'|[^()'])*+)\)")
_SQL_CELL = compiled(r"'(?:[^']|'')*+'|[^,']+")
_RULE = compiled(r"^[ |:+-]*-{2,}[ |:+-]*$")
_NAME_WORD = compiled(r"[\p{L}\p{M}][\p{L}\p{M}'’-]*")
_OF_PEOPLE = tuple(
    (word,)
    for word in (
        *(
            "name",
            "names",
            "customer",
            "passenger",
            "client",
            "patient",
            "guest",
            "user",
            "employee",
            "contact",
            "owner",
        ),
        *("manager", "author", "assignee", "attendee", "participant", "student", "person", "member", "agent", "driver"),
    )
)
Cell = tuple[str, Span]


class TableRecognizer(Selective):
    """One recogniser for all kinds that a column may be named after."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PERSON",
            name="TableRecognizer",
            # Two lines, each with at least one separator; or an INSERT.
            patterns=[Pattern("table", r"[,;|\t][^\n]*\n[^\n]*[,;|\t]|(?i:insert\s+into)", CERTAIN)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )
        self.supported_entities = sorted(kinds.DEFAULT)

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        wanted = set(entities)
        return [
            result(self, kind, span, CERTAIN)
            for header, rows in (*_lines(text), *_inserts(text))
            for kind, span in _named(header, rows)
            if kind in wanted
        ]


def _named(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterable[tuple[str, Span]]:
    node: Mapping[str, object] = dict.fromkeys(header)
    for column, name in enumerate(header):
        if not name:
            continue
        # A column of names that nobody is called is one of things.
        people = keys.words_of(name)[-1:] in _OF_PEOPLE and _people(row[column][0] for row in rows)
        for row in rows:
            value, span = row[column]
            if not value or kinds.PLACEHOLDER.search(value):
                continue
            kind = keys.kind_in(name, (), {**node, name: value}) or ("PERSON" if people else None)
            if kind is not None and keys.fits(kind, value):
                yield kind, span


def _people(cells: Iterable[str]) -> bool:
    likes = [name_like(_NAME_WORD.findall(cell)) for cell in cells if cell]
    return 2 * sum(likes) >= len(likes) > 0


def _lines(text: str) -> Iterable[tuple[Sequence[str], Sequence[Sequence[Cell]]]]:
    """Blocks of lines that one character cuts into the same number of cells."""
    lines = [(match.start(), match.group()) for match in _LINE.finditer(text)]
    at = 0
    while at < len(lines) - 1:
        offset, line = lines[at]
        for sign in "|\t;,":
            count = line.count(sign)
            if not 0 < count < MAX_COLUMNS or not keys.could_name(line):
                continue
            header = [cell for cell, _ in _cells(line, sign, offset)]
            if len(header) < 2 and sign != "|":
                continue
            rows: list[list[Cell]] = []
            end = at + 1
            while end < len(lines) and (sign in lines[end][1]):
                if _RULE.match(lines[end][1]) is None:
                    cells = _cells(lines[end][1], sign, lines[end][0])
                    if len(cells) != len(header):
                        break
                    rows.append(cells)
                end += 1
            if rows and all(_is_name(cell) for cell in header):
                yield header, rows
                at = end - 1
                break
        at += 1


def _is_name(cell: str) -> bool:
    return len(cell) <= 40 and len(cell.split()) <= 5 and not any(char in "@=(){}<>:" for char in cell)


def _cells(line: str, sign: str, offset: int) -> list[Cell]:
    """Cells without blanks and quotes, and where they stand."""
    out: list[Cell] = []
    start, quoted = 0, False
    for place in range(len(line) + 1):
        char = line[place] if place < len(line) else sign
        if char == '"' and sign != "|":
            quoted = not quoted
        elif char == sign and (not quoted or place == len(line)):
            out.append(_bare(line, start, place, offset))
            start = place + 1
    if sign == "|":
        # The edges of a Markdown row.
        out = out[1:] if line.lstrip().startswith("|") else out
        out = out[:-1] if line.rstrip().endswith("|") else out
    return out


def _bare(line: str, start: int, end: int, offset: int) -> Cell:
    while start < end and line[start] in " \t\"'*`\r":
        start += 1
    while end > start and line[end - 1] in " \t\"'*`\r":
        end -= 1
    return line[start:end], (offset + start, offset + end)


def _inserts(text: str) -> Iterable[tuple[Sequence[str], Sequence[Sequence[Cell]]]]:
    for match in _INSERT.finditer(text, timeout=float(CLOCK)):
        header = [name.strip(' "`[]') for name in match["names"].split(",")]
        rows: list[list[Cell]] = []
        for row in _ROW.finditer(text, match.start("rows"), match.end("rows")):
            start, end = row.span("cells")
            cells = [
                _bare(text, *cell.span(), 0) for cell in _SQL_CELL.finditer(text, start, end) if cell.group().strip()
            ]
            if len(cells) == len(header):
                rows.append(cells)
        yield header, rows
