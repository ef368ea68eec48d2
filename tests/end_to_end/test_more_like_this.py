"""A page, or a part of a page, as the question."""

from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode
from indexer.protocol.values import PageKey, Region

HEATING = "The heat pump warms the house in winter and costs little electricity."
GARDEN = "Turnips and carrots are sown in the garden in July and harvested in autumn."


def names(reply):
    return [result.path.rsplit("/", 1)[1] for result in reply.results]


def test_pages_like_a_page_and_like_a_part_of_it(engine, documents, make_pdf):
    make_pdf(documents / "both.pdf", HEATING + "\n" * 30 + GARDEN)
    make_pdf(documents / "house.pdf", "Heating the house with a heat pump in cold winters saves electricity.")
    make_pdf(documents / "farm.pdf", "In the garden we sow carrots and turnips for the autumn harvest.")
    make_pdf(documents / "moon.pdf", "The lighthouse keeper watched ships under the moon.")
    engine.ask(messages.AddPaths, paths=(str(documents),))
    engine.all_read(4)
    key = engine.ask(messages.Search, query="heat pump turnips").results[0].key
    whole = engine.ask(messages.MoreLikeThis, key=key)
    assert sorted(names(whole)[:2]) == ["farm.pdf", "house.pdf"]
    assert "both.pdf" not in names(whole)
    top = engine.ask(messages.MoreLikeThis, key=key, part=Region(0, 0, 1, 0.25, 1))
    assert names(top)[0] == "house.pdf"
    bottom = engine.ask(messages.MoreLikeThis, key=key, part=Region(0, 0.5, 1, 1, 1), k=1)
    assert names(bottom) == ["farm.pdf"]
    assert bottom.results[0].regions
    blank = engine.ask(messages.MoreLikeThis, key=key, part=Region(0, 0.9, 0.01, 0.91, 1))
    assert blank.results == ()
    assert engine.ask(messages.Search, query="").results == ()
    assert engine.ask(messages.MoreLikeThis, key=PageKey(99, 1)).error.code == ErrorCode.NOT_FOUND
