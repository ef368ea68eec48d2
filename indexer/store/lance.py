"""The one door to LanceDB. Nobody else imports it, and this module is imported only when the database is first needed.

`lancedb.query` and `lancedb.index` import each other through the package. Two threads that come in by different ones at
the same time each find the other's half made, and both fail; so did the start of an engine that was asked a question in
its first seconds, which then read nothing. Through one module Python's own import lock makes the second thread wait.
"""

import lancedb
from lancedb.index import FTS
from lancedb.query import MatchQuery, PhraseQuery

__all__ = ["FTS", "MatchQuery", "PhraseQuery", "lancedb"]
