"""One encoder's card: what can be done with it in each state, and what the choices of quality say they cost."""

import msgspec
import pytest

from app.views.encoder_card import EncoderCard
from app.views.encoder_words import pace_sentence
from app.views.quality_choice import QualityChoice
from indexer.protocol.errors import ErrorCode, report
from indexer.protocol.quality import page_cost
from indexer.protocol.values import EncoderInfo, Quality

JINA = EncoderInfo(
    "jina-v4", "Jina v4", "1", ready=False, chosen=False, device="Processor", device_reason="Processor, because.",
    pages_total=50, download_bytes=8_000_000_000, folder="/models/jina-v4", free_bytes=9_000_000_000,
)  # fmt: skip


def changed(**values):
    return msgspec.structs.replace(JINA, **values)


@pytest.mark.parametrize(
    ("info", "busy", "buttons", "state"),
    [
        (JINA, False, {"download", "import_folder"}, "Not here"),
        (JINA, True, {"stop"}, "Working"),
        (changed(downloading=True, partial_bytes=5), True, {"pause", "cancel"}, "Downloading"),
        (changed(partial_bytes=5), False, {"resume", "cancel", "import_folder"}, "Paused"),
        (changed(ready=True, model_bytes=9), False, {"use", "verify", "remove"}, "Ready"),
        (changed(ready=True, model_bytes=9, chosen=True), False, {"verify"}, "Reading your pages"),
        (changed(ready=True, model_bytes=9, serving=True), False, {"use", "verify"}, "In use"),
        (changed(ready=True, model_bytes=9, chosen=True, serving=True), False, {"verify"}, "In use"),
    ],
)
def test_what_is_offered_fits_the_state(qtbot, theme, info, busy, buttons, state):
    card = EncoderCard(theme, info)
    qtbot.addWidget(card)
    card.show_info(info, busy=busy)
    assert {name for name, button in card.buttons.items() if button.isVisibleTo(card)} == buttons
    assert card.state.text() == state


def test_what_to_know_of_its_files_stands_on_the_card(qtbot, theme):
    card = EncoderCard(theme, JINA)
    qtbot.addWidget(card)
    assert not card.caution.isVisibleTo(card)
    card.show_info(
        changed(ready=True, caution=report(ErrorCode.MODEL_OTHER_REVISION, revision="b" * 8, wanted="a" * 8)),
        busy=False,
    )
    assert card.caution.isVisibleTo(card)
    assert "revision bbbbbbbb" in card.caution.text()


def test_while_another_is_read_for_the_one_in_use_is_kept_by_a_button(qtbot, theme):
    card = EncoderCard(theme, changed(ready=True, serving=True))
    qtbot.addWidget(card)
    assert card.buttons["use"].text() == "Keep using it"


def test_every_choice_tells_its_cost_and_what_cannot_be_had_is_not_sent(qtbot):
    choice = QualityChoice()
    qtbot.addWidget(choice)
    info = changed(ready=True, seconds_per_page=600.0, quality=Quality(256, 3, 128, 2))
    choice.show_quality(info)
    assert [box.currentData() for box in (choice.areas, choice.pooling, choice.width_kept, choice.crops)] == [
        256,
        3,
        128,
        2,
    ]
    assert "10 min" in choice.cost.text()
    texts = [choice.areas.itemText(at) for at in range(choice.areas.count())]
    assert len(set(texts)) == len(texts)
    for text, tokens in zip(texts, (256, 512, 768, 2800, 48200), strict=True):
        assert f"{page_cost(Quality(tokens, 3, 128, 2 if tokens <= 768 else 0)).areas:,} areas" in text
    choice.areas.setCurrentIndex(choice.areas.findData(2800))
    with qtbot.waitSignal(choice.changed) as sent:
        choice.areas.activated.emit(choice.areas.currentIndex())
    assert sent.args == [Quality(2800, 3, 128, 0)]


@pytest.mark.parametrize(
    ("seconds", "measured", "said"),
    [(0.0, False, ""), (0.35, True, "0.35 s"), (1026.0, False, "17 min"), (40_000.0, False, "11.1 h")],
)
def test_a_pages_time_is_told_in_a_unit_that_says_something(qtbot, theme, seconds, measured, said):
    card = EncoderCard(theme, JINA)
    qtbot.addWidget(card)
    sentence = pace_sentence(card, changed(seconds_per_page=seconds, seconds_measured=measured))
    assert said in sentence
    assert ("measured)" in sentence) == measured
    assert bool(sentence) == bool(said)
