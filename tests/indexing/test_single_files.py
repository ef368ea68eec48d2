"""Files dropped one by one: watched where they lie, and each with its own disk."""

import os

from indexer.protocol import messages


def state(engine):
    return {f.path: f for f in engine.catalogue.folders()}[""]


def test_a_single_file_is_followed_at_once(library, documents, make_pdf):
    path = make_pdf(documents / "one.pdf", "An old page about turnips.")
    make_pdf(documents / "other.pdf", "Nobody asked for this one.")
    engine = library.open(quiet_s=0.1)
    engine.start()
    engine.add_paths(messages.AddPaths(id=1, paths=(str(path),)))
    library.until(lambda: state(engine).pages == 1)
    make_pdf(path, "A new page about lighthouses.", "And a second one.")
    library.until(lambda: state(engine).pages == 2 and state(engine).waiting == 0)
    path.rename(documents / "aside.pdf")
    library.until(lambda: state(engine).documents == 0)


def test_a_missing_disk_takes_only_its_own_files_out_of_reach(library, tmp_path, documents, make_pdf):
    stick = tmp_path / "stick"
    stick.mkdir()
    here = make_pdf(documents / "here.pdf", "A page about turnips.")
    there = make_pdf(stick / "there.pdf", "A page about lighthouses.")
    engine = library.open()
    engine.start()
    engine.add_paths(messages.AddPaths(id=1, paths=(str(here), str(there))))
    library.until(lambda: state(engine).indexed == 2)
    known = engine.catalogue.known(state(engine).folder_id)
    engine.catalogue.adopt([(str(there), _on_another_disk(known[str(there)].seen))])
    os.rename(stick, tmp_path / "away")
    engine.sync.compare_all()
    now = engine.catalogue.known(state(engine).folder_id)
    assert (state(engine).documents, state(engine).pages, state(engine).available) == (2, 2, True)
    assert [now[str(here)].available, now[str(there)].available] == [True, False]
    make_pdf(here, "A changed page.")
    engine.sync.compare_all()
    library.all_read()
    os.rename(tmp_path / "away", stick)
    engine.sync.compare_all()
    assert engine.catalogue.known(state(engine).folder_id)[str(there)].available
    there.unlink()
    engine.sync.compare_all()
    assert state(engine).documents == 1


def _on_another_disk(seen):
    return type(seen)(seen.size_bytes, seen.modified_ns, seen.changed_ns, seen.inode, seen.device + 77)
