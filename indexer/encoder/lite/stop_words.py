"""Words that carry no meaning of their own, in the languages most asked in; folded to lower case."""

_ENGLISH = """a about after all also am an and any are as at be been before being between both but by can could did do
does doing each few for from had has have having he her here him his how i if in into is it its itself just may me
might more most much
many my no nor not of off on once only or other our out over own per shall she should so some such than
that the their them then there these they this those through to too under until up upon us very was we were what when
where which while who whom whose why will with would you your"""
_GERMAN = """aber als am an auch auf aus bei bin bis da damit dann das dass dem den denn der des die dies diese dieser
doch du durch ein eine einem einen einer eines er es für hat hatte ich ihr im in ins ist ja kann mein mit nach nicht
noch nur ob oder ohne sein sich sie sind so über um und uns unter vom von vor war was wann warum welche welcher welches
wer wie wieviel
wird wir wo wurde wurden zu zum zur"""
_FRENCH = """au aux avec ce ces cet cette dans de des donc du elle en est et eu il ils je la le les leur lui ma mais me
mes mon ne nos notre nous on ou où par pas pour qu que quel quelle quelles quels qui sa se ses son sont sur ta te tu
un une vos votre vous y combien comment quand"""
_SPANISH = """al como con cual cuál cuando cuándo cuanto cuánto de del donde dónde el ella ellos en entre era es esa ese
esta está este esto fue ha hay la las lo los más me mi muy no nos o para pero por qué que quien quién se ser si sin
sobre son su sus también tu un una uno unos y ya"""
_ITALIAN = """agli alla alle anche che chi ci come con da dal dalla degli dei del della delle di dove e ed gli ha i il
in io la le lo ma nei nel nella non o per perché più quale quali quando quanto se si sono su sul sulla tra un una uno"""
_DUTCH = """aan als bij dat de den der deze die dit door een en er haar heb hebben heeft het hij hoe hoeveel ik in is je
maar met mijn naar niet nog of om onder ook op over te tot uit van voor waar wanneer wat welke
werd wie wij wordt zijn"""

STOP_WORDS = frozenset(" ".join((_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _DUTCH)).split())
