"""From reading to searching, no connection is opened by Python code of ours or of a library, and none is looked up."""

import subprocess
import sys

WATCHED = """
import sys
from indexer import quiet
quiet.set_switches()
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        sys.stderr.write(f"OPENED {event}\\n")
        raise OSError("no connection may be opened")
sys.addaudithook(refuse)
from indexer.__main__ import main
library, folder = sys.argv[1:3]
codes = [main(["index", "--data-dir", library, folder]), main(["search", "--data-dir", library, "turnips"])]
sys.exit(max(codes))
"""


def test_no_connection_is_opened_from_reading_to_searching(tmp_path, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "Turnips are sown in July.")
    command = [sys.executable, "-c", WATCHED, str(tmp_path / "library"), str(documents)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stderr
    assert "OPENED" not in done.stderr
    assert "farm.pdf, page 1" in done.stdout
