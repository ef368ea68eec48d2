"""One engine a library; it leaves with its window, and comes back with everything after a kill."""

import json
import subprocess
import sys

import psutil

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode


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
        make_pdf(documents / f"{number}.pdf", *[f"Document {number} page {page} about turnips." for page in range(40)])
    first = start()
    first.hello()
    first.ask(messages.AddPaths, paths=(str(documents),))
    first.status_until(lambda s: s.pages > 20)
    first.kill()
    second = start()
    second.hello()
    status = second.all_read(4)
    assert (status.indexed, status.pages) == (4, 160)
    reply = second.ask(messages.Search, query="turnips", k=500)
    assert len({result.key for result in reply.results}) == len(reply.results) == 160


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "indexer", *arguments], capture_output=True, text=True, timeout=150)


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
