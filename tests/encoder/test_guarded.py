"""A graphics card that fails: the processor takes over, once, and the user is told."""

import numpy as np
import pytest

from indexer.documents.document import PageWords
from indexer.encoder.encoder import EncodedPage, Encoder, PageInput, VectorSpace
from indexer.encoder.guarded import GuardedEncoder
from indexer.errors import PagebeamError
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import Task

SPACE = VectorSpace("card", "1", Task.RETRIEVAL, 4, 4)
PAGE = PageInput(PageWords(), np.zeros((4, 4, 3), np.uint8))


class OnCard(Encoder):
    """Stands for the hardware: works until its card is pulled out, then fails every call, as a real one does."""

    encoder_id, version = "card", "1"

    def __init__(self, name, code=ErrorCode.DEVICE_LOST):
        self.name, self.code, self.pulled = name, code, False

    def spaces(self):
        return (SPACE,)

    def device(self):
        return self.name, ""

    def encode_pages(self, pages, space):
        if self.pulled:
            raise PagebeamError(self.code, detail=self.name)
        nothing = np.zeros((0, 4), np.float32)
        return [EncodedPage(np.zeros(4, np.float32), nothing, nothing, np.zeros(0, np.uint8))] * len(pages)

    def encode_query(self, text, space, rarity=None, left_out=()):
        if self.pulled:
            raise PagebeamError(self.code, detail=self.name)
        return text


def test_pages_and_questions_go_on_without_the_card_and_the_user_is_told_once():
    card, processor, told = OnCard("a card"), OnCard("the processor"), []
    guard = GuardedEncoder(card, lambda: processor, told.append)
    assert guard.encode_query("q", SPACE) == "q"
    card.pulled = True
    assert len(guard.encode_pages([PAGE, PAGE], SPACE)) == 2
    assert guard.encode_query("q", SPACE) == "q"
    assert guard.device()[0] == "the processor"
    assert [(notice.code, "a card" in notice.message) for notice in told] == [(ErrorCode.DEVICE_LOST, True)]


@pytest.mark.parametrize("code", [ErrorCode.OUT_OF_MEMORY, ErrorCode.ENCODER_FAILED])
def test_other_failures_are_the_callers(code):
    card, told = OnCard("a card", code), []
    guard = GuardedEncoder(card, lambda: OnCard("the processor"), told.append)
    card.pulled = True
    with pytest.raises(PagebeamError) as caught:
        guard.encode_pages([PAGE], SPACE)
    assert caught.value.code is code
    assert told == []
    assert guard.device()[0] == "a card"
