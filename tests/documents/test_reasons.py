"""Whatever keeps a document from being searched is told in a sentence, with another one that says what to do."""

import pytest

from indexer.protocol.errors import ErrorCode, report

OF_DOCUMENTS = (
    *(code for code in ErrorCode if code.name.startswith(("DOCUMENT_", "PAGE", "PICTURE_", "RENDER_", "FILE_"))),
    *(ErrorCode.FOLDER_UNREADABLE, ErrorCode.KIND_UNSUPPORTED, ErrorCode.NEEDS_LIBREOFFICE),
    *(ErrorCode.FIRST_PICTURE_ONLY, ErrorCode.PASSWORD_WRONG, ErrorCode.RECOGNITION_FAILED, ErrorCode.ENCODER_FAILED),
)
BY_ITSELF = (ErrorCode.FILE_MISSING, ErrorCode.FILE_CHANGED)
STEPS = ("try again", "try another", "save", "split", "install", "print", "unlock", "get it", "another copy", "check")


@pytest.mark.parametrize("code", OF_DOCUMENTS)
def test_a_reason_says_what_to_do(code):
    told = report(code, detail="3", limit="2")
    assert told.title
    assert told.message.endswith(".")
    assert "?" not in told.message, "every fact is filled in"
    assert code in BY_ITSELF or any(step in told.message.lower() for step in STEPS), told.message
