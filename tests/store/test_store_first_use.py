"""The database is imported when it is first needed, and several threads may need it first."""

import subprocess
import sys

PROGRAM = """
import sys, threading
from indexer.encoder.encoder import VectorSpace
from indexer.protocol.values import Task
from indexer.store.store import Store
from indexer.store.upkeep import make_text_index

store, failed = Store(sys.argv[1]), []
space = VectorSpace("test", "1", Task.RETRIEVAL, 16, 8)
together = threading.Barrier(3)

def first(use):
    together.wait()
    try:
        use()
    except AttributeError:
        pass  # make_text_index has no table here
    except Exception as problem:
        failed.append(repr(problem))

uses = (store.tables.names, lambda: store.text_search(space, ["word"], 5), lambda: make_text_index(None))
threads = [threading.Thread(target=first, args=(use,)) for use in uses]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("; ".join(failed) or 0)
"""


def test_three_threads_that_need_the_database_first_all_get_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
