"""DataFiles: the packed `data` of a local table's rows, read where it lies in the table's files.

LanceDB takes 160 rows of 68 kB in 20 to 40 ms, whichever call is used; reading the same bytes out of the data files
takes 2. They lie plainly there: the column is left uncompressed, and Lance's file format (2.1 and 2.2, "full zip")
puts each value after its length in eight bytes, and an index of where each begins behind them; pylance tells where
that index is. A file that is laid out in any other way, a place that holds another length, an object store: LanceDB is
asked, which is slower and right (`RowReader.values`). Files are opened for each reading anew, so none is held when a
compaction takes it away. They are read into memory, not mapped: a file cut short by others would end the process.
"""

import functools
import io
import os
import re
import threading
from collections.abc import Sequence
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


class _Fragment:
    """A data file's rows. uids: int64 (n,), numbers: int32 (n,), rows: int64 (n,), their places in the file."""

    def __init__(self, path: Path, uids: Ints, numbers: npt.NDArray[np.int32], rows: Ints) -> None:
        self.path, self.uids, self.numbers, self.rows = path, uids, numbers, rows

    @functools.cached_property
    def plain(self) -> tuple[Ints, Ints] | None:
        """plain_values of the file, looked up when first needed."""
        return plain_values(self.path)


class DataFiles:
    """Thread-safe. A table's data files on a disk; number: an integer column that is held for every row, if any."""

    def __init__(self, folder: Path, number: str | None) -> None:
        self._folder, self._number = folder / "data", number
        self._lock, self._refreshing = threading.Lock(), threading.Lock()
        self._fragments: tuple[_Fragment, ...] = ()
        self._uids = np.zeros(0, np.int64)
        self._where = np.zeros((2, 0), np.int64)

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
            every = (*fragments, *(self._read(data, new) if new else ()))
            uids, where = _sorted(every)
            with self._lock:
                self._fragments, self._uids, self._where = every, uids, where

    def look_up(self) -> None:
        """How the files are laid out that were not read from yet."""
        with self._lock:
            fragments = self._fragments
        for fragment in fragments:
            _ = fragment.plain

    def read(self, uids: Ints, room: Room) -> tuple[Values, Ints]:
        """Values of those of the rows that can be read here, and which cannot. uids: distinct, sorted."""
        with self._lock:
            every, where, fragments = self._uids, self._where, self._fragments
        at = np.searchsorted(every, uids)
        known = at < len(every)
        known[known] = every[at[known]] == uids[known]
        found, places = uids[known], where[:, at[known]]
        order = np.lexsort(places[::-1])
        values = _values(found[order], places[:, order], fragments, room)
        if len(values) == len(uids):
            return values, uids[:0]
        return values, np.setdiff1d(uids, values.uids, assume_unique=True)

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


def _sorted(fragments: Sequence[_Fragment]) -> tuple[Ints, Ints]:
    """Uids in order, int64 (n,), and where each is: (2, n), its fragment and its position there."""
    none = np.zeros(0, np.int64)
    uids = np.concatenate([none, *(fragment.uids for fragment in fragments)])
    of = np.repeat(np.arange(len(fragments)), [len(fragment.uids) for fragment in fragments])
    at = np.concatenate([none, *(np.arange(len(fragment.uids)) for fragment in fragments)])
    order = np.argsort(uids, kind="stable")
    return uids[order], np.stack([of[order], at[order]])


def _values(uids: Ints, places: Ints, fragments: tuple[_Fragment, ...], room: Room) -> Values:
    """places: (2, n), fragment and position among its rows, in order of the fragments."""
    starts, lengths, numbers = (np.zeros(len(uids), np.int64) for _ in range(3))
    files = []
    for number in dict.fromkeys(places[0].tolist()):
        fragment, mine = fragments[number], np.flatnonzero(places[0] == number)
        plain = fragment.plain
        if plain is not None:
            rows, positions = fragment.rows[places[1, mine]], places[1, mine]
            starts[mine], lengths[mine] = plain[0][rows], plain[1][rows] - plain[0][rows]
            numbers[mine] = fragment.numbers[positions]
            files.append((fragment.path, mine))
    into = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    buffer = room(int(into[-1]))
    good = np.zeros(len(uids), np.bool_)
    for path, mine in files:
        good[mine] = _read_file(path, buffer, starts[mine], into[mine], lengths[mine])
    first = into[:-1] + _LENGTH
    return Values(uids[good], numbers[good].astype(np.int32), buffer, first[good], into[1:][good])


def _read_file(path: Path, buffer: npt.NDArray[np.uint8], starts: Ints, into: Ints, lengths: Ints) -> Good:
    """Read values with the lengths before them: lengths[i] bytes from starts[i] to buffer[into[i]:].

    Gives which hold what they should, bool (n,).
    """
    try:
        with path.open("rb", buffering=0) as file:
            if _BY_MACHINE_CODE:
                from indexer.store.positioned import read_lengthened  # machine code is loaded with it

                return read_lengthened(file.fileno(), buffer, starts, into, lengths)
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
