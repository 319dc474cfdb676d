"""Copies recorded traces with every telephone number replaced by a fictional one.

    python fictional_numbers.py SOURCE TARGET

SOURCE holds folders of traces (`NAME.ami[.gz]`, `.idx.json[.gz]`, `.expected.json`). Within one
trace, over all its files, a number becomes the same new one everywhere and two numbers never the
same; the form stays (`+46…`, `0046…`, `46…`, `0…`; foreign numbers become Swedish in the like form).
Numbers of callers and mobiles become 070-174 06 05 … 99, the company's own 08-46 500 400 … 499:
the series that are set aside for fiction. Extensions (`101`) stay. The byte offsets of the clock
are moved along. A trace with more numbers than the series have is refused.
"""

import gzip
import json
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

MOBILES = [f"0701740{number}" for number in range(605, 700)]
OWN = [f"08465004{number:02}" for number in range(100)]

_HEADER = re.compile(
    rb"^(?:[A-Za-z]*(?:CallerIDNum|ConnectedLineNum|Exten|DialString|Location|Interface)"
    rb"|Value(?=: (?:\+|00?)[1-9]\d{7,12}\r)): (.+)\r$",  # a variable that is nothing but a number
    re.MULTILINE,
)
_TOKEN = re.compile(r"(?<!\d)(\+?)(\d{7,15})(?!\d)")


def split_form(number: str) -> tuple[str, str]:
    """The way a number is written, and the number itself: `0046701…` → `0046`, `0701…`."""
    for form in ("+46", "0046", "46", "+", "00", "0"):
        if number.startswith(form):
            swedish = form in ("+46", "0046", "46", "0")
            return form, ("0" if swedish else "") + number[len(form) :]
    return "", number


def numbers_in(trace: bytes) -> Iterator[str]:
    """Every telephone number that the frames show, without its form."""
    for header in _HEADER.finditer(trace):
        for plus, digits in _TOKEN.findall(header[1].decode("latin-1")):
            yield split_form(plus + digits)[1]


def new_numbers(found: set[str], own_numbers: set[str]) -> dict[str, str]:
    """A fictional number for each, always the same for the same sets."""
    mobiles, own = iter(MOBILES), iter(OWN)
    try:
        return {number: next(own if number in own_numbers else mobiles) for number in sorted(found)}
    except StopIteration:
        raise SystemExit("More numbers in one trace than the fictional series have.") from None


def replaced(text: str, new_for_old: dict[str, str]) -> str:
    """The text with every known number replaced, in the form that it had."""

    def new(token: re.Match[str]) -> str:
        form, number = split_form(token[0])
        if number not in new_for_old:
            return token[0]
        swedish_form = {"+": "+46", "00": "0046", "": "46"}.get(form, form)
        return swedish_form + new_for_old[number][1:]

    return _TOKEN.sub(new, text)


def read(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 9, mtime=0) if path.suffix == ".gz" else content)


def copy_ami(source: Path, target: Path, new_for_old: dict[str, str]) -> None:
    """Copies one connection, frame by frame, and its clock."""
    old = read(source)
    new, old_ends, new_ends = b"", [0], [0]
    for line in old.splitlines(keepends=True):
        new += replaced(line.decode("latin-1"), new_for_old).encode("latin-1")
        old_ends.append(old_ends[-1] + len(line))
        new_ends.append(len(new))
    write(target, new)

    def moved(offset: int) -> int:
        line = bisect_right(old_ends, offset) - 1
        return min(new_ends[line] + offset - old_ends[line], len(new))

    stem = re.sub(r"\.ami(\.gz)?$", "", source.name)
    for clock in source.parent.glob(f"{stem}.idx.json*"):
        index = json.loads(read(clock))
        index["chunks"] = [[at, moved(offset)] for at, offset in index["chunks"]]
        write(target.with_name(clock.name), json.dumps(index).encode())


def copy_trace(expected: Path, target: Path) -> None:
    """Copies one trace: its truth and its one or two connections."""
    name = expected.name.removesuffix(".expected.json")
    connections = sorted(
        path
        for path in expected.parent.glob(f"{name}.*")
        if re.fullmatch(re.escape(name) + r"(\.\d)?\.ami(\.gz)?", path.name)
    )
    truth = expected.read_text()
    numbers = {number for path in connections for number in numbers_in(read(path))}
    numbers |= {split_form(p + d)[1] for p, d in re.findall(r'"(\+?)(\d{7,15})"', truth)}
    called = {call["did"] for call in json.loads(truth)["calls"] if call["did"]}
    new_for_old = new_numbers(numbers, {split_form(did)[1] for did in called})
    write(target / expected.name, replaced(truth, new_for_old).encode())
    for path in connections:
        copy_ami(path, target / path.name, new_for_old)


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    for expected in sorted(source.glob("*/*.expected.json")):
        if not expected.name.startswith("busyhour"):  # 140 callers, and a megabyte: too many
            copy_trace(expected, target / expected.parent.name)


if __name__ == "__main__":
    main()
