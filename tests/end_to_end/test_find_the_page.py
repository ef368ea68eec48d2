"""Through a real engine process: drop documents in, ask, get the page with the place."""

import os

from indexer.protocol import messages
from indexer.protocol.values import PageKey

TURNIPS = "Turnips are sown in July.\n\n\n\nThe harvest weighed 1240 kilograms in Bergen."
HEATING = "The heat pump halved the cost of heating in winter.\n\nReference SF-2207."


def test_a_question_finds_its_page_and_the_place_on_it(engine, documents, make_pdf):
    make_pdf(documents / "farm.pdf", "A blank beginning about nothing.", TURNIPS)
    make_pdf(documents / "house.pdf", HEATING)
    added = engine.ask(messages.AddPaths, paths=(str(documents),))
    assert len(added.folder_ids) == 1
    engine.all_read(2)
    reply = engine.ask(messages.Search, query="heat pump cost")
    best = reply.results[0]
    assert best.path.endswith("house.pdf")
    assert reply.convincing
    assert [word.text for word in reply.words] == ["heat", "pump", "cost"]
    assert all(match.exact for match in best.words)
    place = best.regions[0]
    assert 0.05 < place.y0 < place.y1 < 0.2
    assert (engine.ask(messages.Search, query="weight of the crop")).results[0].key.page == 2


def test_a_quoted_phrase_must_occur(engine, documents, make_pdf):
    make_pdf(documents / "a.pdf", "The heat pump is new.")
    make_pdf(documents / "b.pdf", "The pump needs heat.")
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(2)
    reply = engine.ask(messages.Search, query='"heat pump"')
    assert [os.path.basename(result.path) for result in reply.results] == ["a.pdf"]


def test_pictures_texts_recent_pages_and_matches_of_one_page(engine, documents, make_pdf):
    make_pdf(documents / "house.pdf", HEATING)
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(1)
    recent = engine.ask(messages.RecentPages).results
    key = recent[0].key
    welcome = engine.replies[1]
    assert os.path.exists(os.path.join(welcome.pictures, recent[0].thumbnail))
    picture = engine.ask(messages.GetPicture, key=key, width_px=600)
    assert abs(picture.width_px - 600) < 10
    assert os.path.exists(os.path.join(welcome.pictures, picture.name))
    assert "heat pump" in engine.ask(messages.GetPageText, key=key).text
    assert engine.ask(messages.MatchPage, query="winter", key=key).words[0].exact
    missing = engine.ask(messages.MatchPage, query="winter", key=PageKey(999, 1))
    assert missing.error.code == "not-found"


def test_new_changed_renamed_and_deleted_files_are_followed(engine, documents, make_pdf):
    make_pdf(documents / "one.pdf", "Turnips and carrots.")
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(1)
    make_pdf(documents / "two.pdf", "Lighthouses of Norway.")
    engine.all_read(2)
    assert engine.ask(messages.Search, query="lighthouses").results[0].path.endswith("two.pdf")
    key = engine.ask(messages.Search, query="lighthouses").results[0].key
    (documents / "two.pdf").rename(documents / "three.pdf")
    engine.status_until(
        lambda _: engine.ask(messages.Search, query="lighthouses").results[0].path.endswith("three.pdf")
    )
    assert engine.ask(messages.Search, query="lighthouses").results[0].key == key
    (documents / "one.pdf").unlink()
    engine.status_until(lambda s: s.documents == 1)
    assert len(engine.ask(messages.Search, query="turnips").results) == 1


def test_forgetting_a_folder_forgets_its_pages(engine, documents, make_pdf):
    make_pdf(documents / "one.pdf", "Turnips and carrots.")
    folder = engine.ask(messages.AddPaths, paths=(str(documents),)).folder_ids[0]
    engine.all_read(1)
    engine.ask(messages.RemoveFolder, folder_id=folder)
    assert engine.ask(messages.GetStatus).documents == 0
    assert engine.ask(messages.Search, query="turnips").results == ()


def test_paused_reading_goes_on_when_resumed(engine, documents, make_pdf):
    engine.ask(messages.Pause)
    make_pdf(documents / "one.pdf", "Turnips and carrots.")
    engine.ask(messages.AddPaths, paths=(str(documents),))
    waiting = engine.status_until(lambda s: s.documents == 1)
    assert (waiting.waiting, waiting.paused) == (1, True)
    engine.ask(messages.Resume)
    engine.all_read(1)
