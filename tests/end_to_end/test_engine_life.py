"""One engine a library; it leaves with its window, and comes back with everything after a kill."""

import json
import subprocess
import sys
import time

import psutil

from indexer import one_engine
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.paths import folders


def test_a_second_engine_is_refused_and_a_crash_locks_nobody_out(start):
    first = start()
    assert isinstance(first.hello(), messages.Welcome)
    second = start()
    assert second.hello().error.code == ErrorCode.ALREADY_RUNNING
    assert second.process.wait(30) == 3
    first.kill()
    third = start()
    assert isinstance(third.hello(), messages.Welcome)


def test_another_protocol_version_is_refused(start):
    client = start()
    assert client.ask(messages.Hello, version=99).error.code == ErrorCode.BAD_REQUEST


def test_the_engine_leaves_when_its_input_ends_and_leaves_no_process(engine, documents, make_pdf):
    make_pdf(documents / "long.pdf", *["A page about turnips."] * 60)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.status_until(lambda s: s.pages > 0)
    children = psutil.Process(engine.process.pid).children(recursive=True)
    assert engine.close() == 0
    _, alive = psutil.wait_procs(children, 20)
    assert alive == []


def test_after_a_kill_every_page_is_there_exactly_once(start, documents, make_pdf):
    for number in range(4):
        make_pdf(documents / f"{number}.pdf", *[f"Document {number} page {page} about turnips." for page in range(20)])
    first = start()
    first.hello()
    first.ask(messages.AddPaths, paths=(str(documents),))
    first.status_until(lambda s: s.pages > 10)
    first.kill()
    second = start()
    second.hello()
    status = second.all_read(4)
    assert (status.indexed, status.pages) == (4, 80)
    second.until_searched(80)
    reply = second.ask(messages.Search, query="turnips", k=500)
    assert len({result.key for result in reply.results}) == len(reply.results) == 80


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "indexer", *arguments], capture_output=True, text=True, timeout=150)


def test_a_command_hands_its_paths_to_the_engine_at_work_and_follows_it(engine, tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    done = run("index", "--data-dir", str(tmp_path / "library"), str(documents), str(tmp_path / "nowhere"))
    assert (done.returncode, done.stdout) == (1, "1 page of 1 document; 0 could not be read.\n")
    assert "nowhere: Folder not found" in done.stderr
    assert engine.ask(messages.GetStatus).indexed == 1
    assert engine.ask(messages.Search, query="turnips").results[0].path.endswith("farm.pdf")


def test_a_command_gives_way_to_a_window_and_what_it_was_given_is_read(start, tmp_path, documents, make_pdf):
    for number in range(6):
        make_pdf(documents / f"{number}.pdf", *[f"Page {page} about turnips." for page in range(10)])
    library = tmp_path / "library"
    command = [sys.executable, "-m", "indexer", "index", "--data-dir", str(library), str(documents)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as indexing:
        marker = library / "handover" / "command"
        wait_until(marker.exists)
        window = start()
        assert isinstance(window.hello(), messages.Welcome)
        told, complained = indexing.communicate(timeout=150)
    assert (indexing.returncode, told) == (0, "60 pages of 6 documents; 0 could not be read.\n")
    assert "goes on with this" in complained
    assert window.ask(messages.GetStatus).pages == 60


def test_paths_handed_over_to_an_engine_that_died_are_taken_by_the_next(start, tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    one_engine.hand_over(folders(tmp_path / "library"), (str(documents),))
    client = start()
    client.hello()
    assert client.all_read(1).indexed == 1


def wait_until(condition, limit_s=100.0):
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_the_command_line_reads_finds_and_checks(tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    make_pdf(documents / "house.pdf", "The heat pump halved the cost.")
    library = str(tmp_path / "library")
    indexed = run("index", "--data-dir", library, str(documents))
    assert (indexed.returncode, indexed.stdout) == (0, "2 pages of 2 documents; 0 could not be read.\n")
    found = run("search", "--data-dir", library, "--json", "-k", "1", "heat pump")
    answer = json.loads(found.stdout)
    assert answer["query"] == "heat pump"
    assert answer["results"][0]["document"] == str(documents / "house.pdf")
    assert answer["results"][0]["page"] == 1
    assert len(answer["results"][0]["regions"][0]) == 5
    assert [word["word"] for word in answer["results"][0]["words"]] == ["heat", "pump"]
    questions = tmp_path / "questions.txt"
    questions.write_text("turnips\nheat pump\n")
    batch = run("search", "--data-dir", library, "--batch", str(questions))
    assert [json.loads(line)["query"] for line in batch.stdout.splitlines()] == ["turnips", "heat pump"]
    assert run("check", "--data-dir", library).returncode == 0
    assert "2 pages of 2 documents" in run("status", "--data-dir", library).stdout
    assert run("search", "--data-dir", library).returncode == 2
    assert run("index", "--data-dir", library, str(tmp_path / "nowhere")).returncode == 1
