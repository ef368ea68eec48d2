"""Words that say how something looks: pictures and colours, in the languages most asked in; folded to lower case.

What they stand for is seen on a page, and hardly ever printed there: "the red bars of the chart" is answered by a chart
without the words red, bars or chart. So among the words of a question they count little, and a question with such a
word may be answered by a part of the page that has no text. Words that are as often meant otherwise (figures, sign,
plan, form, card) are left out. No heavy imports: search asks too.
"""

from indexer.documents.folding import folded

_PICTURES = """chart charts graph graphs plot plots diagram diagrams figure picture pictures photo photos photograph
photographs image images illustration illustrations drawing drawings sketch map maps logo logos icon icons symbol
portrait screenshot painting cartoon bars pie curve curves arrow arrows drawn handwritten handwriting background
bild bilder foto fotos diagramm diagramme grafik grafiken abbildung zeichnung skizze landkarte piktogramm kurve kurven
pfeil pfeile hintergrund handschrift handschriftlich
graphique graphiques graphe diagramme schema dessin dessins illustration courbe courbes fleche fleches photographie
gráfico gráfica gráficos diagrama dibujo dibujos mapa mapas imagen imágenes fotografía ilustración logotipo flecha
grafico grafici disegno disegni mappa mappe immagine immagini illustrazione freccia sfondo
grafiek tekening kaart afbeelding plaatje pijl achtergrond"""
_COLOURS = """red green blue yellow orange purple pink grey gray black white brown turquoise violet beige
coloured colored colour color
rot rote roter rotes roten grün grüne grüner grünes grünen blau blaue blauer blaues blauen gelb gelbe gelber gelbes
gelben grau graue grauer graues grauen schwarz schwarze schwarzer schwarzes schwarzen weiß weiße weißer weißes weißen
rosa lila braun braune farbe farbig
rouge rouges vert verte verts bleu bleue bleus jaune jaunes gris grise noir noire blanc blanche couleur
rojo roja verde azul amarillo amarilla gris negro negra blanco blanca morado color
rosso rossa giallo gialla nero nera bianco bianca grigio grigia colore
rood rode groen groene blauw blauwe geel gele grijs grijze zwart zwarte wit witte bruin kleur"""

SEEN_WORDS = frozenset(folded(word) for word in f"{_PICTURES} {_COLOURS}".split())


def is_seen(word: str) -> bool:
    """Whether a word of a question names a kind of picture or a colour."""
    return folded(word) in SEEN_WORDS
