"""Decides whether a value belongs to the name of another thing: `paper shredder`, `jade plant`, `baby carrots`. Pure.

In English, German and Japanese the word for the thing follows the value and ends the name; in the other languages it
precedes the value. things.tsv lists such words by kind of thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from proposals.attribute_index import AttributeIndex
from proposals.cues import ARTICLES, of_languages
from proposals.denial import next_word
from proposals.modifiers import COLOUR_WORDS, CONTAINERS, JOINING, PREPOSITIONS, STATING, SUBSTANCES
from proposals.things import PARTS, is_essence_of, is_named_after, things_after, things_before
from proposals.words import Text, is_break, is_word

NAME_REACH = 3
"""Most words from a value to the end of the name of the thing, as in `electric toothbrush travel case`."""
BEFORE_REACH = 3
"""Most words from the thing to a value that follows it, as in `triturador de papel`."""
QUALIFIERS = frozenset(
    "farblos transparent natur flüssig sliced canned dried fresh frozen organic whole raw roasted mix baking pieces powder crushed ground "
    "pack bag bulk chips bar flakes seeds strips live large small mini set kit refill free natural pure unsalted salted cooked".split()
)
"""After the word for a food, these do not begin the name of something else."""
HEADS = {
    "material": "unmade",
    "metal": "unmade",
    "stone": "mixed",
    "power": "unmade",
    "animal": "sauce",
    "season": "grown",
    "age": "planted",
    "gender": "planted",
    "shape": "eaten",
    "pattern": "eaten",
    "closure": "eaten",
    "scent": "shown",
}
"""Kinds of products that have no values of a kind, although these occur in their names: no seed is of wood."""
LEADS = frozenset(
    "set kit lot pack paquete juego jogo conjunto confezione paket bộ de di d du des da do of mini new "
    "nuevo novo nuovo".split()
)
"""Words before the one for the product at the beginning of a clause, as in `juego de semillas`."""
SHORTEST_TAIL = 3
NO_TAILS = frozenset({"gel", "rum", "eis", "reis", "eier"})
"""German words with which others end by chance: a `Spiegel` is no gel, and a `Kreis` no rice."""
ANYWHERE = ("remedy", "seed")
"""Kinds of products that also name the product at the end of a clause: `courge d'hiver graines`."""
SORTS = frozenset({"split", "sweet", "wild", "baby", "dried", "whole", "ground", "roasted", "organic", "raw"})
"""May stand between a colour and a food: `yellow split peas`."""
CREAMS = frozenset({"hand", "face", "foot", "body", "eye", "shoe", "night", "day", "skin", "leather"})
"""Before `cream`, which is also a colour, they make it a product."""
ALSO_SEEN = frozenset({"creme", "lack", "rouge"})
"""Alone, these German words are also a colour or a surface; compounds with them are not: `Schuhcreme`."""
MADE_OF = frozenset({"en", "em", "in", "bahan", "bằng"})
"""Before a substance they state that something consists of it."""
MAKING = frozenset({"repair", "care", "craft", "starter"})
"""As words with `-ing`, these precede `kit`: `leather sewing kit`."""
OF = frozenset({"de", "di", "d", "del", "da", "do", "dos", "das", "dello", "della", "du", "des"})
"""Between two nouns, these make the second one a thing: `exprimidor de naranja`."""
OF_NOUNS = frozenset({"es", "pt", "fr", "it"})


def names_other_thing(text: Text, start: int, end: int, attribute: AttributeIndex, value: int) -> bool:
    """Whether the words `start` to `end`, a value of `attribute`, belong to the name of another thing."""
    kind, words = attribute.kind, text.words
    if kind in HEADS and _is_headed(text, start, end, HEADS[kind]):
        return True
    behind = next_word(words, end)
    after = words[behind] if behind is not None else ""
    if kind in SUBSTANCES:
        return (
            _is_food(text, start, end)
            or (value in attribute.worked and _is_for(text, start, end, "tool"))
            or (value in attribute.bored and _is_for(text, start, end, "tool", fewest=1))
            or (value in attribute.papers and _is_for(text, start, end, "accessory"))
            or _is_opened(text, end)
            or _is_object(text, start)
            or _follows(text, start, "verb")
            or (value in attribute.worked and _is_clause_headed(text, start, end, "tool"))
        )
    if kind == "colour":
        return _is_coloured_food(text, start, end) or _is_noun_of_colour(text, start, end, attribute, value)
    if kind == "flavour":
        return _is_for(text, start, end, "gadget") or _is_for(text, start, end, "tool") or _follows(text, start, "verb")
    if kind == "power":
        is_stored = value in attribute.stored
        return (is_stored and _is_for(text, start, end, "accessory")) or _is_for(text, start, end, "sun")
    if kind in ("age", "gender"):
        return is_named_after(text, start, after, "produce")
    if kind == "animal":
        return is_essence_of(text, start, after, end) or is_named_after(text, start, after, "ears")
    if kind == "stone":
        others = ("tool", "plant", "dish", "food")
        return after in COLOUR_WORDS or any(is_named_after(text, start, after, other) for other in others)
    if kind == "occasion":
        return _is_for(text, start, end, "clean")
    return False


def _is_for(text: Text, start: int, end: int, kind: str, *, fewest: int = 0) -> bool:
    """Whether the value names what a thing of this kind is used on: `wood carving chisel`, `triturador de papel`.

    `fewest` is the number of words that must stand between them if the thing comes last.
    """
    words = text.words
    if words[start].endswith("en") and "en" in text.languages and words[start] in ("wooden", "woolen", "woollen"):
        return False
    after, before = of_languages(things_after(kind), text.languages), of_languages(things_before(kind), text.languages)
    for at in range(end, min(len(words), end + NAME_REACH + 1)):
        if words[at] == "-":
            continue
        if not is_word(words[at]) or words[at] in PREPOSITIONS or words[at] in STATING or words[at][0].isdigit():
            break
        if at < end + fewest:
            continue
        if words[at] in after or (kind == "tool" and _is_kit(words, at)):
            return at + 1 >= len(words) or words[at + 1] not in CONTAINERS
    for at in range(start - 1, max(-1, start - BEFORE_REACH), -1):
        if words[at] in before:
            return True
        if words[at] not in JOINING and words[at] != "-":
            break
    return False


def _is_headed(text: Text, start: int, end: int, kind: str) -> bool:
    """Whether the product named around the value is of this kind: `cast iron seasoning oil`, `suplemento de hierro`."""
    words = text.words
    after = of_languages(things_after(kind), text.languages)
    tails = tuple(tail for tail in german_tails(kind) if tail not in words) if "de" in text.languages else ()
    for at in range(end, min(len(words), end + NAME_REACH + 2)):
        if words[at] == "-":
            continue
        if not is_word(words[at]) or words[at] in PREPOSITIONS or words[at][0].isdigit():
            break
        if (
            (words[at] in after and words[at] not in ALSO_SEEN) or words[at].endswith(tails) or _is_cream(words, at)
        ) and _ends_name(words, at + 1):
            return True
    return _is_clause_headed(text, start, end, kind)


def _is_clause_headed(text: Text, start: int, end: int, kind: str) -> bool:
    """Whether the clause begins with a word for such a product, in languages in which this is the main word."""
    words, before = text.words, _before(kind, text)
    if start and words[start - 1] in MADE_OF:
        return False
    if any(each in PARTS.get(kind, ()) and not _before(each, text).isdisjoint(words[end:]) for each in ANYWHERE):
        return True
    first = start
    while first and not is_break(words[first - 1]) and words[first - 1] != ",":
        first -= 1
    while first < start and (words[first] in LEADS or words[first][0].isdigit()):
        first += 1
    return first < start and words[first] in before


def _before(kind: str, text: Text) -> frozenset[str]:
    return of_languages(things_before(kind), text.languages)


@cache
def german_tails(kind: str) -> tuple[str, ...]:
    """Ends of German compounds: `Dehnspray`."""
    words = things_after(kind).words["de"]
    return tuple(word for word in words if len(word) >= SHORTEST_TAIL and word not in NO_TAILS)


def _is_cream(words: Sequence[str], at: int) -> bool:
    return words[at] == "cream" and words[at - 1] in CREAMS


def _is_kit(words: Sequence[str], at: int) -> bool:
    return words[at] in ("kit", "kits") and (words[at - 1].endswith("ing") or words[at - 1] in MAKING)


def _is_opened(text: Text, end: int) -> bool:
    """Whether a tool is used on the thing that consists of the substance: `plastic bottle cutter`."""
    words = text.words
    is_thing = end + 1 < len(words) and words[end] in CONTAINERS
    return is_thing and words[end + 1] in of_languages(things_after("tool"), text.languages)


def _is_object(text: Text, start: int) -> bool:
    """Whether a French verb works on the substance: `aiguilles à feutrer la laine`."""
    if "fr" not in text.languages:
        return False
    words = text.words
    at = start - 2 if start and words[start - 1] in ARTICLES else start - 1
    return at > 0 and words[at - 1] == "à" and words[at].endswith(("er", "ir", "re"))


def _is_food(text: Text, start: int, end: int) -> bool:
    """Whether the value belongs to the name of a food: `bamboo shoots`, but not `bamboo tea tray`."""
    return any(_is_thing_alone(text, start, end, kind) for kind in ("dish", "food")) or _is_clause_headed(
        text, start, end, "eatable"
    )


def _is_coloured_food(text: Text, start: int, end: int) -> bool:
    """As `_is_food`, for foods that are also parts of other names: `white chocolate`, but not `pink cake mold`."""
    at = next_word(text.words, end)
    last = at + 1 if at is not None and text.words[at] in SORTS else end
    return (
        any(_is_thing_alone(text, start, last, kind) for kind in ("dish", "condiment", "sauce"))
        or (last > end and is_named_after(text, start, "".join(text.words[last : last + 1]), "food"))
        or _is_clause_headed(text, start, end, "eatable")
    )


def _is_thing_alone(text: Text, start: int, end: int, kind: str) -> bool:
    words = text.words
    behind = next_word(words, end)
    if behind is not None and _is_thing(text, behind, kind):
        return _ends_name(words, behind + 1)
    at = start - 2 if start > 1 and (words[start - 1] in JOINING or words[start - 1] == "-") else start - 1
    if at < 0 or words[at] not in of_languages(things_before(kind), text.languages):
        return False
    return at == 0 or is_break(words[at - 1]) or words[at - 1] == ","


def _is_thing(text: Text, at: int, kind: str) -> bool:
    """Whether the word at `at` is such a thing, or a German compound that ends with it: `Currypaste`."""
    word = text.words[at]
    return word in of_languages(things_after(kind), text.languages) or (
        "de" in text.languages and word.endswith(german_tails(kind))
    )


def _ends_name(words: Sequence[str], at: int) -> bool:
    return (
        at >= len(words)
        or not is_word(words[at])
        or words[at][0].isdigit()
        or words[at] in PREPOSITIONS
        or words[at] in QUALIFIERS
    )


def _is_noun_of_colour(text: Text, start: int, end: int, attribute: AttributeIndex, value: int) -> bool:
    """Whether a colour that is also a metal, fruit or plant is that thing: `limpiador de plata`, `gold detector`."""
    while text.words[start] in OF:
        start += 1
    if value in attribute.plain or end - start > 1:
        return False
    kinds = attribute.kinds.get(value, frozenset())
    if "metal" in kinds and _is_for(text, start, end, "clean"):
        return True
    if "flavour" in kinds and (_is_for(text, start, end, "utensil") or _follows(text, start, "verb")):
        return True
    is_noun = start > 0 and text.words[start - 1] in OF and not OF_NOUNS.isdisjoint(text.languages)
    return is_noun and bool(kinds & {"metal", "flavour"})


def _follows(text: Text, start: int, kind: str) -> bool:
    """Whether the value directly follows such a word: `macina caffè`."""
    at = start - 2 if start > 1 and text.words[start - 1] == "-" else start - 1
    return at >= 0 and text.words[at] in of_languages(things_before(kind), text.languages)
