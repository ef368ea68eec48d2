"""Names that are no valid text come back as they were, from the wire and from the catalogue."""

import os

import pytest

from indexer.protocol import messages
from indexer.protocol.framing import answer_reader, encode, request_reader
from indexer.protocol.undecodable import escaped, restored

ODD = [os.fsdecode(b"/a/caf\xe9 \xff\x80.pdf"), "/a/plain.pdf", "/a/ü ☂ 𝄞.pdf", "/a/new\nline.pdf"]


@pytest.mark.parametrize("path", ODD)
def test_a_path_comes_back_as_it_was(path):
    escaped(path).encode()
    assert restored(escaped(path)) == path


@pytest.mark.parametrize("path", ODD)
def test_messages_carry_any_path(path):
    asked = messages.AddPaths(id=1, paths=(path,))
    assert list(request_reader().feed(encode(asked))) == [asked]
    told = messages.Progress(
        documents_done=1,
        documents_total=1,
        pages_done=1,
        pages_total=1,
        pages_per_s=0.0,
        left_s=None,
        reading=path,
        page=1,
        paused=False,
    )
    assert list(answer_reader().feed(encode(told))) == [told]
