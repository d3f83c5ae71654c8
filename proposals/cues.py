"""Words near a value that change its meaning: negations, imitations, purposes and labels of other things. Pure data.

All words are in lower case, as written. A language's words apply if the market or the text uses that language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, eq=False)
class ByLanguage:
    """Words of each language. Compared by identity, which makes `of_languages` cheap."""

    words: Mapping[str, frozenset[str]]


def by_language(**words: str) -> ByLanguage:
    return ByLanguage({language: frozenset(each.split()) for language, each in words.items()})


@lru_cache(maxsize=4096)
def of_languages(table: ByLanguage, languages: frozenset[str]) -> frozenset[str]:
    return frozenset().union(*(words for language, words in table.words.items() if language in languages))


def _german(adjectives: str) -> str:
    """The adjectives with all their endings."""
    return " ".join(f"{word}{ending}" for word in adjectives.split() for ending in ("", "e", "em", "en", "er", "es"))


NEGATIONS = by_language(
    en="without no not non never nor neither minus lacks lacking avoid avoids avoiding skips omits excluding except isn isnt doesn doesnt aren wasn anti zero hardly barely unsuitable",
    id="tanpa bukan tidak bebas non anti tiada jangan",
    ms="tanpa bukan tidak bebas non anti tiada jangan",
    vi="không chẳng phi",
    es="sin no ni nada ningún ninguna nunca excepto salvo libre anti cero",
    pt="sem não nao nem nada nenhum nenhuma nunca exceto livre anti zero",
    de="ohne nicht kein keine keinen keinem keiner weder nie frei anti",
    fr="sans non pas ni aucun aucune jamais rien anti zéro",
    it="senza non né nessun nessuna niente mai privo priva anti zero",
)
"""Deny values within the next few words of the clause."""
ANY = "*"
"""Any word of a phrase."""
NO_COMPARISON = frozenset("well long soon far".split())
"""Between `as` and `as` these make no comparison: `cotton as well as silk`."""
NEGATION_PHRASES = (
    ("free", "of"), ("free", "from"), ("instead", "of"), ("rather", "than"), ("unlike",), ("replaces",), ("replacing",),
    ("alternative", "to"), ("better", "than"), ("not", "available", "in"), ("also", "available", "in"),
    ("available", "in"), ("en", "lugar", "de"), ("en", "vez", "de"), ("libre", "de"), ("livre", "de"), ("libres", "de"), ("livres", "de"), ("exento", "de"), ("exenta", "de"), ("isento", "de"), ("isenta", "de"), ("privo", "di"), ("privi", "di"), ("dépourvu", "de"), ("dépourvue", "de"), ("exempte", "de"), ("exempts", "de"),
    ("ao", "invés", "de"), ("em", "vez", "de"), ("au", "lieu", "de"), ("exempt", "de"), ("anstatt",), ("statt",),
    ("invece", "di"), ("al", "posto", "di"), ("bukan", "dari"), ("selain",), ("thay", "vì"), ("thay", "cho"),
    ("aussi", "en"), ("también", "en"), ("tambien", "en"), ("também", "em"), ("também", "na", "cor"), ("auch", "in"),
    ("anche", "in"), ("juga", "ada"), ("agotado", "en"), ("agotada", "en"), ("agotados", "en"), ("esgotado", "em"),
    ("esgotada", "em"), ("esgotado", "na", "cor"), ("esgotada", "na", "cor"), ("épuisé", "en"), ("épuisée", "en"), ("rupture", "en"), ("non", "disponible", "en"), ("no", "disponible", "en"), ("não", "disponível", "em"),
    ("esaurito", "in"), ("esaurita", "in"), ("ausverkauft", "in"), ("vergriffen", "in"), ("imitando",), ("imitant",),
    ("simulando",), ("simulant",), ("meniru",), ("than",), ("0", "%"), ("sustituto", "de"), ("sustituto", "del"), ("substituto", "do"), ("alternative", "zu"),
    ("alternativa", "al"), ("alternativa", "ao"), ("alternative", "au"), ("imitación", "de"), ("imitacion", "de"), ("imitação", "de"), ("imitation", "de"), ("imitazione", "di"),
    ("parecido", "a"), ("parecido", "al"), ("similar", "a"), ("similar", "al"), ("simile", "a"), ("ähnlich", "wie"), ("imita",), ("imitan",), ("imitam",), ("imite",), ("won", "t"), ("don", "t"), ("can", "t"), ("similaire", "à"), ("similaire", "au"), ("man", "made"), ("man", "-", "made"), ("feels", "like"), ("feel", "like"), ("looks", "like"),
    ("look", "like"), ("smells", "like"), ("goes", "with"), ("pairs", "with"), ("matches",), ("matching",), ("similar", "to"),
    ("every", ANY, "but"), ("all", "but"), ("anything", "but"), ("everything", "but"), ("just", "like"), ("nothing", "like"), ("shaped", "like"), ("as", ANY, "as"), ("inspired", "by"), ("inspired", "from"), ("inspiriert", "von"),
    ("inspiré", "de"), ("inspirée", "de"), ("inspiré", "par"), ("inspirado", "en"), ("inspirada", "en"), ("inspirado", "em"),
    ("inspirada", "em"), ("ispirato", "a"), ("ispirata", "a"), ("terinspirasi",), ("lấy", "cảm", "hứng"),
    ("mimics",), ("mimicking",), ("resembles",), ("resembling",), ("imitates",), ("imitating",), ("parece",), ("parecen",),
    ("sembra",), ("ressemble",), ("menyerupai",), ("skip", "the"), ("ditch",), ("goodbye", "to"), ("replacement", "for"),
    ("substitute", "for"), ("alternative", "for"), ("ersetzt",), ("remplace",), ("reemplaza",), ("sustituye",), ("substitui",),
    ("sostituisce",), ("al", "posto", "del"), ("al", "posto", "della"), ("en", "lugar", "del"), ("em", "lugar", "de"),
    ("em", "vez", "do"), ("pengganti",), ("menggantikan",), ("thay", "thế"), ("pairs", "well", "with"),
    ("goes", "well", "with"), ("sold", "out", "in"), ("away", "from"), ("frei", "von"), ("anstelle", "von"), ("stelle", "von"), ("la", "place", "du"), ("la", "place", "de"), ("la", "place", "des"), ("place", "of"), ("no", "lleva"), ("não", "leva"), ("no", "hint", "of"), ("reach", "of"), ("out", "of", "stock", "in"),
)  # fmt: skip
EXCLUSIVE_PHRASES = (
    ("rien", "que"), ("pas", "autre", "chose", "que"), ("nichts", "als"), ("nichts", "anderes", "als"), ("nada", "más", "que"),
    ("nada", "mas", "que"), ("nada", "mais", "que"), ("nada", "além", "de"), ("nothing", "but"), ("nothing", "except"), ("none", "other", "than"),
    ("nothing", "other", "than"), ("niente", "altro", "che"), ("nient", "altro", "che"), ("nessun", "altro"), ("tidak", "lain"),
    ("no", "other", "than"), ("không", "gì", "ngoài"),
)  # fmt: skip
"""State that the product consists of nothing else: `nothing but cotton`, `rien que du coton`."""
EXCLUSIVE_BY_LAST: Mapping[str, tuple[tuple[str, ...], ...]] = {
    last: tuple(phrase for phrase in EXCLUSIVE_PHRASES if phrase[-1] == last)
    for last in {phrase[-1] for phrase in EXCLUSIVE_PHRASES}
}
ARTICLES = frozenset("du de la le l d des di del a the pure pur pura puro reine reines reiner rein".split())
"""May occur between such a phrase and the value."""
PHRASES_BY_LAST: Mapping[str, tuple[tuple[str, ...], ...]] = {
    last: tuple(phrase for phrase in NEGATION_PHRASES if phrase[-1] == last)
    for last in {phrase[-1] for phrase in NEGATION_PHRASES}
}
MORE = by_language(
    en="more less better",
    id="lebih kurang",
    ms="lebih kurang",
    es="más menos mejor peor",
    pt="mais menos melhor pior",
    de="mehr weniger besser",
    fr="plus moins mieux meilleur meilleure",
    it="più meno meglio migliore",
)
THAN = by_language(
    en="than",
    id="dari daripada",
    ms="dari daripada",
    vi="hơn",
    es="que",
    pt="que",
    de="als",
    fr="que",
    it="di del della dello che",
)
"""After a word of `MORE`, compare with the following words: `más suave que seda`."""
_DENIALS = tuple(
    tuple(each.split())
    for each in (
        "not included;not available;sold separately;sold out;nicht enthalten;nicht inbegriffen;non inclus;non incluse;"
        "non incluso;non inclusa;no incluido;no incluida;não incluso;não inclusa;not used;not contained;not present;not needed;nicht verwendet;non utilisé;non utilizzato;no utilizado;não utilizado;tidak digunakan;tidak dipakai;không dùng;tidak termasuk;không bao gồm"
    ).split(";")
)
DENIAL_PHRASES_BEHIND: Mapping[str, tuple[tuple[str, ...], ...]] = {
    first: tuple(phrase for phrase in _DENIALS if phrase[0] == first) for first in {phrase[0] for phrase in _DENIALS}
}
"""Phrases directly after a value that deny it, by their first word."""
IMITATIONS = by_language(
    en="faux fake imitation imitated artificial synthetic simulated mock pseudo vegan replica simili false pu pretend ersatz lookalike dupe knockoff",
    id="imitasi sintetis palsu tiruan buatan vegan",
    ms="tiruan sintetik palsu imitasi vegan",
    vi="giả nhân",
    es="imitación imitacion falso falsa falsos falsas sintéticos sintéticas artificiales veganos ecológicos vegana ecológica símil simil sintético sintetico sintética artificial vegano ecológico polipiel",
    pt="imitação imitacao falso falsa falsos falsas sintéticos sintéticas artificiais vegana ecológica sintético sintetico sintética artificial vegano ecológico símile",
    de=_german("falsch unecht vegan künstlich synthetisch imitiert nachgemacht") + " kunst imitat",
    fr="faux fausse fausses synthétiques artificielle artificiels imitation simili synthétique artificiel vegan végan végane vegane similicuir",
    it="finto finta finti finte sintetici sintetiche ecologica ecologico sintetico sintetica simil imitazione similpelle ecopelle",
)
"""State that the neighbouring value is only imitated. Most precede it; in Romance languages, Malay and Vietnamese they
follow it.
"""
IMITATIONS_BEHIND = frozenset(
    "look like effect effekt optik imitat imitation substitute alternative replacement style inspired print printed "
    "imitasi sintetis palsu tiruan sintetik sintético sintetico sintética sintetica artificial falso falsa vegano vegan "
    "falsos falsas finti finte falsi false artificiales artificiais sintéticos sintéticas sintetici sintetiche artificiels "
    "artificielles synthétiques fausses veganos véganes ecologici pu végan végane ecológico ecológica ecologico ecologica giả synthétique artificiel végétal vegana finto finta imitación imitação nhân".split()
)
DENIALS_AFTER = frozenset("free less frei los loser loses gratis zéro".split())
"""Directly after a value, with or without a hyphen: `collar-less`, `leather free`, `nickelfrei`."""
PURPOSES = by_language(
    en="for fits compatible suits",
    id="untuk buat cocok khusus",
    ms="untuk sesuai khas khusus",
    vi="cho dành chuyên",
    es="para compatible",
    pt="para compatível",
    de="für passend geeignet zum zur",
    fr="pour compatible adapté",
    it="per compatibile adatto",
)
"""State a purpose or a companion of the product."""
PERSONS = by_language(
    en="women womens woman men mens man ladies girls girl boys boy kids kid children child baby babies toddler toddlers him her adults adult",
    id="wanita pria anak perempuan laki bayi dewasa",
    ms="wanita lelaki kanak perempuan budak bayi dewasa",
    vi="nữ nam bé trẻ",
    es="mujer mujeres hombre hombres niña niñas niño niños bebé bebés dama damas caballero caballeros",
    pt="mulher mulheres homem homens menina meninas menino meninos bebê bebês criança crianças",
    de="damen herren frauen männer mädchen jungen kinder baby babys",
    fr="femme femmes homme hommes fille filles garçon garçons enfant enfants bébé bébés",
    it="donna donne uomo uomini bambina bambine bambino bambini ragazza ragazzo neonato",
)
"""After a purpose they end it: `shirt for men cotton` is made of cotton."""
USED_ON = frozenset(
    "works work used use apply safe sticks write writes draw draws paint paints gentle glides print prints hangs hang".split()
)
"""Before `on` these state a purpose: `works on glass`."""
USED_AFTER = frozenset("use used using apply applied applying wear worn layer layered".split())
"""Before `after`, `before` and `over` these state a purpose: `to use after retinol`."""
USED_TO = frozenset(
    "suited sticks stick adheres adhere attaches attach bonds bond applied applies kind adapted fixes clamps".split()
)
"""Before `to` these state a purpose: `sticks to glass`."""
USED: Mapping[str, frozenset[str]] = {
    "on": USED_ON,
    "to": USED_TO,
    "after": USED_AFTER,
    "before": USED_AFTER,
    "over": USED_AFTER,
}
TREATED_THINGS = frozenset(
    "cleaner cleaning polish polisher conditioner care repair remover dye glue adhesive detergent softener balm protector "
    "detector screw screws burning carving engraving engraver swab swabs stamp stamps chisel "
    "filler putty "
    "punch needle needles paint primer sealer wax cream shampoo wash cutter saw drill mold mould tester testing "
    "stain restorer kit removal treatment brightener limpiador limpador reiniger pflege nettoyant detergente pembersih".split()
)
"""Heads of compounds whose first word is not the product's material: `leather cleaner`."""
RUN_NEGATIONS_BEFORE = (
    "กว่า",
    "แทน",
    "แทนที่",
    "เลียนแบบ",
    "ไม่ทำจาก",
    "ไม่ได้ทำจาก",
    "ไม่ได้ทำด้วย",
    "ไม่ใช้",
    "ไม่มีส่วนผสมของ",
    "เทียม",
    "ไม่มี",
    "ไม่ใช่",
    "ไม่",
    "ไร้",
    "ปราศจาก",
    "ปลอด",
    "ปลอดจาก",
    "ยกเว้น",
    "非",
    "無",
    "不",
    "ノン",
    "ノー",
    "フェイク",
    "合成",
    "人工",
    "擬似",
    "模造",
    "イミテーション",
    "ヴィーガン",
    "脱",
    "偽",
)
RUN_NEGATIONS_BEHIND = (
    "なし", "無し", "不使用", "ではない", "ではありません", "じゃない", "フリー", "レス", "風", "調", "代替", "以外", "より", "のような", "みたい", "の代わり", "を使っていない", "を使わない", "を使用していない", "は含まれ", "は使って", "は使用", "を含まない", "ではなく", "じゃなく", "ゼロ", "もどき", "เทียม", "ปลอม", "เลียนแบบ", "สังเคราะห์",
)  # fmt: skip
SUBSTITUTES = frozenset("alternative substitute dupe lookalike ersatz alternativa sustituto substituto".split())
"""Within two words after a value they state that it is replaced: `rubber mallet alternative`."""
SOFTENERS = frozenset(
    "just only merely simply your solo só somente apenas solamente nur bloß seulement uniquement hanya sekadar chỉ".split()
)
"""After a negation these cancel it: `not just cotton`, `not your average tee`."""
COLON_KEEPERS = frozenset("used included contain contains from of available allowed following".split())
"""Before a colon these extend a negation: `not included: batteries`."""
RUN_PURPOSES_BEFORE = ("สำหรับ", "ใช้กับ")
RUN_PURPOSES_BEHIND = ("用", "材用", "向け", "対応", "専用", "クリーナー", "ケア", "磨き")
RUN_PERSONS = frozenset("兼女男犬猫児人製")
"""Letters between a Japanese value and `用` that begin another statement: `綿男女兼用`."""
SPREADERS = frozenset("or and nor y e o u ni nem et ou und oder noch dan atau và hoặc , / & with any".split())
"""Carry a negation on to the next item of a list: `no zip or collar`."""
REVERSALS = frozenset("but with just only sondern sino mas mais ma tapi nhưng mit con com avec dengan".split())
"""End the reach of a negation: `not leather but cotton`."""
