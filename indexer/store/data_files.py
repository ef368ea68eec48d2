"""DataFiles: the packed `data` of a local table's rows, read where it lies in the table's files.

LanceDB takes 160 rows of 68 kB in 20 to 40 ms, whichever call is used; reading the same bytes out of the data files
takes 2. They lie plainly there: the column is left uncompressed, and Lance's file format (2.1 and 2.2, "full zip")
puts each value after its length in eight bytes, and an index of where each begins behind them; pylance tells where
that index is. A file that is laid out in any other way, a place that holds another length, an object store: LanceDB is
asked, which is slower and right (`RowReader.values`). Files are opened for each reading anew, so none is held when a
compaction takes it away. They are read into memory, not mapped: a file cut short by others would end the process.
"""

import io
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexer.store.values import Ints, Room, Values

Good = npt.NDArray[np.bool_]
_LENGTH = 8
_BY_MACHINE_CODE = os.name == "posix"
_SPACE = re.compile(r"\s+")
_PLAIN = re.compile(r"FullZipLayout\{bits_rep:0,bits_def:0,num_items:(\d+),.*values:None,.*BitsPerOffset\(64,?\)")
_CODEC = re.compile(r"\{compression:Some\((\w+)")
_UNCOMPRESSED = ["Variable", "Flat"]
"""Values one after another, and their lengths as they are. Lance compresses a column whose metadata do not forbid it as
soon as one of its values is long; the bytes then stand after a length, too, but are others."""


_UNKNOWN, _ODD = -1, -2
"""Stand for where a value begins in a file not looked into yet, and in one that is laid out in another way."""


class _Fragment:
    """A data file's rows. uids: int64 (n,), numbers: int32 (n,), rows: int64 (n,), their places in the file."""

    def __init__(self, path: Path, uids: Ints, numbers: npt.NDArray[np.int32], rows: Ints) -> None:
        self.path, self.uids, self.numbers, self._rows = path, uids, numbers, rows
        self.starts, self.lengths = np.full(len(uids), _UNKNOWN), np.zeros(len(uids), np.int64)

    def look_up(self) -> None:
        """Where its values begin, and how long they are."""
        if len(self.starts) and self.starts[0] == _UNKNOWN:
            plain = plain_values(self.path)
            if plain is None:
                self.starts = np.full(len(self.uids), _ODD)
            else:
                self.lengths = plain[1][self._rows] - plain[0][self._rows]
                self.starts = plain[0][self._rows]


@dataclass(frozen=True, slots=True)
class Located:
    """Where values lie: row i in file paths[of[i]], with the length before it, lengths[i] bytes from starts[i] on.

    uids, of, starts, lengths: int64 (n,); numbers: int32 (n,), the column beside. In order of the files. names, named:
    the paths for machine code, uint8, each ended by a zero, and where each begins.
    """

    paths: tuple[str, ...]
    names: npt.NDArray[np.uint8]
    named: Ints
    uids: Ints
    numbers: npt.NDArray[np.int32]
    of: Ints
    starts: Ints
    lengths: Ints

    def __len__(self) -> int:
        return len(self.uids)

    def some(self, which: slice | Ints) -> "Located":
        """Some of the rows."""
        uids, numbers, of = self.uids[which], self.numbers[which], self.of[which]
        starts, lengths = self.starts[which], self.lengths[which]
        return Located(self.paths, self.names, self.named, uids, numbers, of, starts, lengths)

    def read(self, room: Room) -> Values:
        """Those of the values that can be read."""
        into = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)
        buffer = room(int(into[-1]))
        if _BY_MACHINE_CODE:
            from indexer.store.positioned import FLAGS, read_lengthened  # machine code is loaded with it

            files = (self.names, self.named, self.of, FLAGS)
            good = read_lengthened(*files, buffer, self.starts, into[:-1], self.lengths)
        else:
            good = np.zeros(len(self), np.bool_)
            for number in dict.fromkeys(self.of.tolist()):
                mine = np.flatnonzero(self.of == number)
                good[mine] = _read_file(self.paths[number], buffer, self.starts[mine], into[mine], self.lengths[mine])
        first = into[:-1] + _LENGTH
        return Values(self.uids[good], self.numbers[good], buffer, first[good], into[1:][good])


def nowhere() -> Located:
    """Nothing that lies anywhere."""
    none = np.zeros(0, np.int64)
    return Located((), none.astype(np.uint8), none, none, none.astype(np.int32), none, none, none)


class DataFiles:
    """Thread-safe. A table's data files on a disk; number: an integer column that is held for every row, if any."""

    def __init__(self, folder: Path, number: str | None) -> None:
        self._folder, self._number = folder / "data", number
        self._lock, self._refreshing = threading.Lock(), threading.Lock()
        self._fragments: tuple[_Fragment, ...] = ()
        self._all = nowhere()

    def refresh(self, table: Any) -> None:
        """Take over the table's present files; those known already are not read again."""
        with self._refreshing:  # meanwhile those known can be read
            data = table.to_lance()
            known = {fragment.path: fragment for fragment in self._fragments}
            fragments, new = [], []
            for fragment in data.get_fragments():
                files = fragment.data_files()
                path = self._folder / files[0].path
                if path in known:
                    fragments.append(known[path])
                elif len(files) == 1:
                    new.append((fragment, path))
            self._take((*fragments, *(self._read(data, new) if new else ())))

    def look_up(self) -> None:
        """How the files are laid out that were not read from yet."""
        with self._refreshing:
            for fragment in self._fragments:
                fragment.look_up()
            self._take(self._fragments)

    def locate(self, uids: Ints) -> tuple[Located, Ints]:
        """Where those of the rows lie that can be read here, and which cannot. uids: distinct, sorted."""
        every = self._every()
        at = np.searchsorted(every.uids, uids)
        known = at < len(every)
        known[known] = every.uids[at[known]] == uids[known]
        if (every.starts[at[known]] == _UNKNOWN).any():
            with self._refreshing:
                wanted = {every.paths[number] for number in every.of[at[known]].tolist()}
                for fragment in self._fragments:
                    if str(fragment.path) in wanted:
                        fragment.look_up()
                self._take(self._fragments)
            return self.locate(uids)
        known[known] = every.starts[at[known]] >= 0
        at = at[known]
        order = np.lexsort((every.starts[at], every.of[at]))
        return every.some(at[order]), uids[~known]

    def read(self, uids: Ints, room: Room) -> tuple[Values, Ints]:
        """Values of those of the rows that can be read here, and which cannot. uids: distinct, sorted."""
        located, _ = self.locate(uids)
        values = located.read(room)
        if len(values) == len(uids):
            return values, uids[:0]
        return values, np.setdiff1d(uids, values.uids, assume_unique=True)

    def _every(self) -> Located:
        with self._lock:
            return self._all

    def _read(self, data: Any, new: list[tuple[Any, Path]]) -> list[_Fragment]:
        columns = ["uid", self._number] if self._number else ["uid"]
        fragments = [fragment for fragment, _ in new]
        found = data.scanner(columns=columns, with_row_address=True, fragments=fragments).to_table()
        addresses = found["_rowaddr"].to_numpy().astype(np.int64)
        uids = found["uid"].to_numpy().astype(np.int64)
        numbers = found[self._number].to_numpy().astype(np.int32) if self._number else np.zeros(len(uids), np.int32)
        of, rows = addresses >> 32, addresses & 0xFFFFFFFF
        each = [(path, np.flatnonzero(of == fragment.fragment_id)) for fragment, path in new]
        return [_Fragment(path, uids[mine], numbers[mine], rows[mine]) for path, mine in each]

    def _take(self, fragments: tuple[_Fragment, ...]) -> None:
        """Rows of these files, in order of their uids, are what is known from now on."""
        every = [nowhere(), *(_rows(fragment, of) for of, fragment in enumerate(fragments))]
        columns = (np.concatenate([getattr(one, name) for one in every]) for name in _COLUMNS)
        together = Located(*_named(fragments), *columns)
        together = together.some(np.argsort(together.uids, kind="stable"))
        with self._lock:
            self._fragments, self._all = fragments, together


_COLUMNS = ("uids", "numbers", "of", "starts", "lengths")


def _rows(fragment: _Fragment, of: int) -> Located:
    files = np.full(len(fragment.uids), of)
    return replace(
        nowhere(),
        uids=fragment.uids,
        numbers=fragment.numbers,
        of=files,
        starts=fragment.starts,
        lengths=fragment.lengths,
    )


def _named(fragments: Sequence[_Fragment]) -> tuple[tuple[str, ...], npt.NDArray[np.uint8], Ints]:
    """Located.paths, names and named."""
    paths = tuple(str(fragment.path) for fragment in fragments)
    names = [os.fsencode(path) + b"\0" for path in paths]
    named = np.cumsum([0, *(len(name) for name in names)])[:-1].astype(np.int64)
    return paths, np.frombuffer(b"".join(names), np.uint8).copy(), named


def _read_file(path: str, buffer: npt.NDArray[np.uint8], starts: Ints, into: Ints, lengths: Ints) -> Good:
    """Read values with the lengths before them: lengths[i] bytes from starts[i] to buffer[into[i]:].

    Gives which hold what they should, bool (n,).
    """
    try:
        with open(path, "rb", buffering=0) as file:
            return np.array([_read_at(file, buffer, *one) for one in zip(starts, into, lengths, strict=True)], np.bool_)
    except OSError:
        return np.zeros(len(starts), np.bool_)  # a compaction took the file away


def _read_at(file: io.FileIO, buffer: npt.NDArray[np.uint8], start: int, to: int, length: int) -> bool:
    """The same of one value."""
    part = buffer.data[to : to + length]
    file.seek(start)
    return file.readinto(part) == length and int.from_bytes(part[:_LENGTH], "little") == length - _LENGTH


def plain_values(path: Path) -> tuple[Ints, Ints] | None:
    """Where each row's `data` with its length before it begins and ends in a data file, int64 (n,) each.

    None when it does not lie there as this module says.
    """
    from lance.file import LanceFileReader

    try:
        reader = LanceFileReader(str(path))
        names = [field.name for field in reader.metadata().schema]
        pages = reader.metadata().columns[names.index("data")].pages
        with path.open("rb") as file:
            parts = [_plain_page(file, page) for page in pages]
    except Exception:  # noqa: BLE001 (Lance's errors have no common class; whatever it is, LanceDB is asked instead)
        return None
    if not parts or any(part is None for part in parts):
        return None
    whole = [part for part in parts if part is not None]
    return np.concatenate([part[:-1] for part in whole]), np.concatenate([part[1:] for part in whole])


def _plain_page(file: Any, page: Any) -> Ints | None:
    told = _SPACE.sub("", str(page.encoding))
    layout = _PLAIN.search(told)
    if layout is None or _CODEC.findall(told) != _UNCOMPRESSED or len(page.buffers) != 2:
        return None
    data, index = page.buffers
    width, left = divmod(index.size, int(layout[1]) + 1)
    if left or width not in (1, 2, 4, 8):
        return None
    file.seek(index.position)
    offsets = np.frombuffer(file.read(index.size), f"<u{width}").astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != data.size or (np.diff(offsets) < _LENGTH).any():
        return None
    places: Ints = offsets + data.position
    return places
