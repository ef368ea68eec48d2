"""Damage that nobody notices is found by a slow round, and what it hit is read again."""

import random
import threading

from indexer.protocol import messages


def flip_a_byte(root, needle: bytes) -> None:
    """Change one byte of the vectors on the disk, as a failing disk would."""
    for path in root.rglob("*.lance"):
        if path.is_file() and (at := (data := bytearray(path.read_bytes())).find(needle)) >= 0:
            data[at + 1] ^= 4
            path.write_bytes(data)
            return
    raise AssertionError("the vectors are not there")


def test_a_flipped_bit_is_found_and_its_page_read_again(library, lite, documents, make_pdf):
    make_pdf(documents / "long.pdf", *[f"Page {number} about turnips." for number in range(4)])
    engine = library.open()
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    space = lite.spaces()[0]
    victim = list(engine.store.pages(space))[2]
    library.close()
    flip_a_byte(library.root / "store", victim.vectors.tobytes()[:64])
    engine = library.open(verify_first_s=0.0, verify_page_s=0.0)
    assert victim.key in list(engine.store.verify(space))
    engine.start()
    library.until(lambda: victim.key not in list(engine.store.verify(space)))
    library.until(lambda: engine.check() == [])
    library.all_read()
    assert engine.catalogue.folders()[0].pages == 4


def test_forgetting_during_a_round_does_not_end_it(library, lite, documents, tmp_path, make_pdf, monkeypatch):
    begun = threading.Event()
    monkeypatch.setattr(random, "randrange", lambda _: begun.set() or 0)
    other = tmp_path / "other"
    other.mkdir()
    make_pdf(other / "gone.pdf", "A page that is forgotten.")
    engine = library.open()
    forgotten = engine.add_paths(messages.AddPaths(id=1, paths=(str(other),))).folder_ids[0]
    engine.start()
    library.all_read()
    make_pdf(documents / "long.pdf", *[f"Page {number} about turnips." for number in range(6)])
    engine.add_paths(messages.AddPaths(id=2, paths=(str(documents),)))
    library.all_read()
    space = lite.spaces()[0]
    victim = list(engine.store.pages(space))[-1]
    library.close()
    flip_a_byte(library.root / "store", victim.vectors.tobytes()[:64])
    engine = library.open(verify_first_s=0.0, verify_page_s=0.5)
    engine.start()
    assert begun.wait(60)
    engine.remove_folder(messages.RemoveFolder(id=3, folder_id=forgotten))
    library.until(engine.housekeeping.idle)
    assert victim.key in list(engine.store.verify(space))
    library.until(lambda: victim.key not in list(engine.store.verify(space)))
