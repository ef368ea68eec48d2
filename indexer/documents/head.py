"""The first bytes of a file, by which its kind is told."""

from typing import BinaryIO

from indexer.documents.plain_text import beginning

_HEAD_BYTES, _MARKUP_BYTES = 4096, 65_536
"""Drawings and books in XML may begin with pages of comments before they say what they are."""


def read_head(file: BinaryIO) -> bytes:
    """The first kilobytes; of markup more."""
    head = file.read(_HEAD_BYTES)
    return head + file.read(_MARKUP_BYTES - len(head)) if beginning(head).startswith("<") else head
