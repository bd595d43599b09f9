"""A pattern of the `regex` module, made simpler: what matches the pattern matches the simpler one, too.

The simpler pattern is for Hyperscan, over bytes: a text in Latin-1, with one byte above 0x7F for any other character.
Look-arounds go, but for those at an end of the pattern, which become a part of it: of one that must not match only its
first alternative, where that is one character. With `wide`, word boundaries go too and every class takes all bytes
above 0x7F, so that it holds for texts that are not ASCII.
"""

import re

_FLAGS = re.compile(r"\(\?(?:[aimsuL]+|[imsx]*-[imsx]+|[ims]+):|\(\?[imsuaL]+\)")
_NAMED = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_REFERENCE = re.compile(r"\\([1-9]\d?)")
_NAMED_REFERENCE = re.compile(r"\(\?P=(\w+)\)")
_LOOK = re.compile(r"\(\?(<=|<!|=|!)")
_REPEAT = re.compile(r"(?:([*+?])|\{(\d*)(,?)(\d*)\})[?+]?")
_PROPERTY = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|([A-Za-z]))")
_LETTERS = {"Lu": "A-Z", "Ll": "a-z", "L": "A-Za-z", "Lt": "", "Lm": "", "Lo": "", "M": "", "N": "0-9", "Nd": "0-9"}
_PLAIN = frozenset(" _,;:=@/'\"%&!<>~`")
_HIGH = r"\x80-\xff"
_SPACE = r"\s\x1c-\x1f"
_ANYTHING = r"[\s\S]"
MOST_CHARACTERS = 4_000
"""Longer ones, such as lists of hundreds of labels, take seconds to compile."""
MOST_REPEATS = 16
"""What is repeated more often may be repeated without end: long counts make slow automata."""


class Unsupported(ValueError):
    """A construct that is not known here: such a pattern is not made simpler."""


def approximate(pattern: str, *, wide: bool) -> str:
    """Raises Unsupported."""
    made = _Simpler(pattern, wide).run()
    if len(made) > MOST_CHARACTERS:
        raise Unsupported("a pattern too long")
    return made


class _Simpler:
    def __init__(self, pattern: str, wide: bool) -> None:
        self._text = pattern
        self._at = 0
        self._wide = wide
        self._groups: list[str | None] = []
        self._names: dict[str, int] = {}
        self._refers = bool(_REFERENCE.search(pattern) or _NAMED_REFERENCE.search(pattern))

    def run(self) -> str:
        out = self._branches(at_start=True)
        if self._at < len(self._text):
            raise Unsupported("an unbalanced bracket")
        return out

    def _branches(self, *, at_start: bool) -> str:
        """Up to the end, or the bracket that closes the group. `at_start`: nothing that has a width stands before."""
        out: list[str] = []
        start = at_start
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == ")":
                break
            if char == "|":
                self._at += 1
                out.append("|")
                start = at_start
                continue
            piece, width = self._piece(start)
            start = start and not width
            out.append(piece)
        return "".join(out)

    def _piece(self, start: bool) -> tuple[str, bool]:
        """One element with its repetition, and whether it has a width."""
        text, at = self._text, self._at
        look = _LOOK.match(text, at)
        if look is not None:
            return self._look_around(look, start)
        if (flags := _FLAGS.match(text, at)) is not None:
            self._at = flags.end()
            return (flags.group(), False) if flags.group().endswith(")") else self._group(flags.group(), start)
        if text.startswith("(?:", at) or text.startswith("(?>", at):
            self._at += 3
            return self._group("(?:", start)
        if (named := _NAMED.match(text, at)) is not None:
            self._at = named.end()
            self._names[named.group(1)] = len(self._groups)
            return self._captured(start)
        if (reference := _NAMED_REFERENCE.match(text, at)) is not None:
            self._at = reference.end()
            return self._again(self._names.get(reference.group(1), len(self._groups)))
        if text.startswith("(?", at):
            raise Unsupported("an unknown group")
        if text[at] == "(":
            self._at += 1
            return self._captured(start)
        if text[at] == "[":
            return self._class() + self._repeat(), True
        if text[at] == "\\":
            return self._escape()
        self._at += 1
        if text[at] in "^$":
            return text[at] + self._repeat(), False
        return ("." if text[at] == "." else self._literal(text[at])) + self._repeat(), True

    def _group(self, opening: str, start: bool) -> tuple[str, bool]:
        inner, repeat = self._repeated(start)
        return f"{opening}{inner or '(?:)'}){repeat}", True

    def _captured(self, start: bool) -> tuple[str, bool]:
        number = len(self._groups)
        self._groups.append(None)
        # What is meant again later is meant without what stood before it.
        inner, repeat = self._repeated(start and not self._refers)
        self._groups[number] = inner
        return f"(?:{inner}){repeat}", True

    def _repeated(self, start: bool) -> tuple[str, str]:
        """The inside of a group up to its end, and its repetition. Nothing can have stood before what is repeated."""
        at, groups = self._at, len(self._groups)
        inner = self._branches(at_start=start)
        self._close()
        repeat = self._repeat()
        if start and repeat not in ("", "?"):
            self._at = at
            del self._groups[groups:]
            return self._repeated(start=False)
        return inner, repeat

    def _again(self, number: int) -> tuple[str, bool]:
        """What a group could be, instead of what it was."""
        inner = self._groups[number] if number < len(self._groups) else None
        if inner is None:
            raise Unsupported("a reference to a group that is not closed")
        return f"(?i:{inner}){self._repeat()}", True

    def _look_around(self, look: re.Match[str], start: bool) -> tuple[str, bool]:
        self._at = look.end()
        other = self._no_member() if "!" in look.group(1) else ""
        inner = self._branches(at_start=False)
        self._close()
        self._repeat()
        kind = look.group(1)
        at_end = self._at == len(self._text)
        if (kind == "<=" and start) or (kind == "=" and at_end):
            return f"(?:{inner})", True
        if other and kind == "<!" and start:
            return f"(?:^|{other})", True
        if other and kind == "!" and at_end:
            return f"(?:$|{other})", True
        return "", False

    def _no_member(self) -> str:
        """Any character but those that the alternative at this place surely takes; "" where it is not one character."""
        at = self._at
        try:
            if self._text[at] == "[" and self._text[at + 1] != "^":
                self._at += 1
                inner = self._members(negated=True)
            elif (named := _PROPERTY.match(self._text, at)) is not None:
                self._at = named.end()
                inner = self._surely(named)
            else:
                return ""
            return f"[^{inner}]" if inner and self._text[self._at] in "|)" else ""
        finally:
            self._at = at

    def _close(self) -> None:
        if self._text[self._at : self._at + 1] != ")":
            raise Unsupported("an unbalanced bracket")
        self._at += 1

    def _repeat(self) -> str:
        repeat = _REPEAT.match(self._text, self._at)
        if repeat is None:
            return ""
        # Possessive ones match less; ungreedy ones match the same somewhere.
        self._at = repeat.end()
        sign, least, comma, most = repeat.groups()
        if sign is not None:
            return sign
        low = min(int(least or 0), MOST_REPEATS)
        if not comma and low < MOST_REPEATS:
            return f"{{{low}}}"
        return f"{{{low},{most}}}" if most and int(most) <= MOST_REPEATS else f"{{{low},}}"

    def _escape(self) -> tuple[str, bool]:
        text, at = self._text, self._at
        if (named := _PROPERTY.match(text, at)) is not None:
            self._at = named.end()
            return f"[{self._property(named) or 'x'}]{self._repeat()}", True
        if (reference := _REFERENCE.match(text, at)) is not None:
            self._at = reference.end()
            return self._again(int(reference.group(1)) - 1)
        letter = text[at + 1 : at + 2]
        self._at += 2
        if letter == "b":
            return ("" if self._wide else r"\b"), False
        if letter in "BAZzG":
            return "", False
        if letter in "dwsDWS":
            return f"[{self._shorthand(letter)}]{self._repeat()}", True
        if not letter or (letter.isalnum() and letter not in "nrtfv"):
            raise Unsupported("an unknown escape")
        return self._literal(letter, escaped=letter in "nrtfv") + self._repeat(), True

    def _literal(self, char: str, *, escaped: bool = False) -> str:
        if escaped:
            return f"\\{char}"
        if not char.isascii():
            return f"[{_HIGH}]"
        return char if char.isalnum() or char in _PLAIN else f"\\x{ord(char):02x}"

    def _shorthand(self, letter: str) -> str:
        plain = _SPACE if letter == "s" else f"\\{letter}"
        return plain + (_HIGH if self._wide else "")

    def _property(self, named: re.Match[str]) -> str:
        """The members of a class; unknown properties may be anything."""
        name = named.group(3) or named.group(4)
        if named.group(1) == "P" or named.group(2) or name not in _LETTERS:
            return r"\s\S"
        return _LETTERS[name] + (_HIGH if self._wide else "")

    def _class(self) -> str:
        text = self._text
        self._at += 1
        negated = text[self._at : self._at + 1] == "^"
        self._at += negated
        inner = self._members(negated=negated)
        if negated:
            return f"[^{inner}]" if inner else _ANYTHING
        return f"[{inner}]" if inner else r"[^\s\S]"

    def _members(self, *, negated: bool) -> str:
        """What stands between the brackets of a class. `negated`: only what is surely meant."""
        text = self._text
        first = self._at
        members: list[str] = []
        while True:
            char = text[self._at : self._at + 1]
            if not char:
                raise Unsupported("an unbalanced bracket")
            if char == "]" and self._at > first:
                self._at += 1
                break
            if char == "[" and text[self._at + 1 : self._at + 2] == ":":
                raise Unsupported("a class of POSIX")
            members.append(self._member(negated))
        return "".join(members)

    def _surely(self, named: re.Match[str]) -> str:
        """Those members of a class that are ASCII; none of an unknown property."""
        if named.group(1) == "P" or named.group(2):
            return ""
        return _LETTERS.get(named.group(3) or named.group(4), "")

    def _member(self, negated: bool) -> str:
        text = self._text
        if (named := _PROPERTY.match(text, self._at)) is not None:
            self._at = named.end()
            return self._surely(named) if negated else self._property(named)
        if text[self._at] == "\\" and text[self._at + 1] in "dwsDWS":
            letter = text[self._at + 1]
            self._at += 2
            if negated:
                return f"\\{letter}" if letter in "dws" else ""
            return self._shorthand(letter)
        low = self._character()
        high = low
        if text[self._at : self._at + 1] == "-" and text[self._at + 1 : self._at + 2] not in ("]", ""):
            if text[self._at + 1] == "\\" and text[self._at + 2] in "dwsDWSpP":
                return _byte(low)
            self._at += 1
            high = self._character()
        if high.isascii():
            return _byte(low) if low == high else f"{_byte(low)}-{_byte(high)}"
        if negated:
            return ""
        return _HIGH + (f"{_byte(low)}-\\x7f" if low.isascii() else "")

    def _character(self) -> str:
        char = self._text[self._at]
        self._at += 1
        if char != "\\":
            return char
        escaped = self._text[self._at]
        self._at += 1
        if escaped in "nrtfv":
            return {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}[escaped]
        if escaped.isalnum():
            raise Unsupported("an unknown escape in a class")
        return escaped


def _byte(char: str) -> str:
    """A member of a class. Hyperscan limits a pattern's length, so what needs no escape has none."""
    if not char.isascii():
        return _HIGH
    return char if char.isalnum() or char in _PLAIN else f"\\x{ord(char):02x}"
