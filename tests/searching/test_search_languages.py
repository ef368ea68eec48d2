"""Pages are found in the language asked for, and only there."""

import numpy as np
import pytest

from indexer.protocol.values import PageKey
from indexer.searching.languages import LANGUAGES, UNKNOWN, languages_of
from indexer.store.terms import PageTerms, terms

TEXTS = {
    "de": "Die Wärmepumpe wird von der Gemeinde nicht mehr gefördert, wenn sie vor dem Jahr 2020 eingebaut wurde und "
    "das Haus bei der Messung noch nicht gedämmt war.",
    "en": "The heat pump is no longer paid for by the council if it was built in before the year 2020 and the house "
    "had not been insulated when it was measured.",
    "fr": "La pompe à chaleur n'est plus payée par la commune si elle a été installée avant l'année 2020 et que la "
    "maison n'était pas encore isolée lors de la mesure dans les règles.",
    "es": "La bomba de calor ya no se paga por el municipio si fue instalada antes del año 2020 y la casa no estaba "
    "aislada cuando se hizo la medida en los meses de invierno.",
    "it": "La pompa di calore non viene più pagata dal comune se è stata montata prima del 2020 e la casa non era "
    "ancora isolata quando è stata fatta la misura con gli strumenti.",
    "nl": "De warmtepomp wordt niet meer door de gemeente betaald als die voor het jaar 2020 is gebouwd en het huis "
    "nog niet was geïsoleerd toen het werd gemeten.",
    "ru": "Тепловой насос больше не оплачивается, если он был установлен до 2020 года и если дом ещё не был утеплён, "
    "когда его измеряли по новым правилам.",
    "pl": "Pompa ciepła nie jest już opłacana przez gminę, jeśli została zbudowana przed rokiem 2020 i jeśli dom nie "
    "był jeszcze ocieplony, gdy się to mierzyło po raz drugi.",
}


def told(texts: list[str]) -> list[str]:
    each = [terms(text.split()) for text in texts]
    codes = languages_of(
        PageTerms(
            np.arange(len(each)),
            np.array([len(one) for one in each], np.int64),
            np.concatenate([np.zeros(0, np.uint32), *each]),
        )
    )
    return ["" if code == UNKNOWN else LANGUAGES[code] for code in codes]


def test_a_page_is_told_by_its_small_words():
    assert told(list(TEXTS.values())) == list(TEXTS)


def test_pages_of_numbers_of_names_and_of_nothing_are_in_no_language():
    assert told(["12.4 9,500 SF-1008 2020", "Bergen Oslo Uppsala Mölln", "", "die"]) == [""] * 4
    assert told([]) == []


@pytest.mark.parametrize("asked", [("de",), ("fr", "en"), ("xx",)])
def test_only_pages_in_the_languages_asked_for_are_searched(library, asked):
    library.add("/papers/a.pdf", [*TEXTS.values(), "2020 2020"])
    wanted = {PageKey(1, at) for at, language in enumerate(TEXTS, 1) if language in asked}
    reply = library.ask("2020", k=50, languages=asked)
    assert {result.key for result in reply.results} == wanted
    assert reply.searched == len(wanted)
    library.add("/papers/b.pdf", [TEXTS["de"]])
    assert (PageKey(2, 1) in library.found("2020", k=50, languages=asked)) == ("de" in asked)
    library.store.drop_documents(library.space, [1])
    assert {key.document_id for key in library.found("2020", k=50, languages=asked)} == (
        {2} if "de" in asked else set()
    )
