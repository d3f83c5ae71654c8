"""Words beside a value that change what it says: negations, imitations, purposes and labels of other things. Pure data.

All words are in lower case, as written. A language's words count if the market or the text has that language.
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


NEGATIONS = by_language(
    en="without no not non never nor neither minus lacks lacking excluding except isn isnt doesn doesnt aren wasn anti zero",
    id="tanpa bukan tidak bebas non anti tiada jangan",
    ms="tanpa bukan tidak bebas non anti tiada jangan",
    vi="không chẳng phi",
    es="sin no ni nada ningún ninguna nunca excepto salvo libre anti",
    pt="sem não nao nem nada nenhum nenhuma nunca exceto livre anti",
    de="ohne nicht kein keine keinen keinem keiner weder nie frei anti",
    fr="sans non pas ni aucun aucune jamais rien anti",
    it="senza non né nessun nessuna niente mai privo priva anti",
)
"""Deny what follows within a few words of the clause."""
NEGATION_PHRASES = (
    ("free", "of"), ("free", "from"), ("instead", "of"), ("rather", "than"), ("unlike",), ("replaces",), ("replacing",),
    ("alternative", "to"), ("better", "than"), ("not", "available", "in"), ("also", "available", "in"),
    ("available", "in"), ("en", "lugar", "de"), ("en", "vez", "de"), ("libre", "de"), ("livre", "de"),
    ("ao", "invés", "de"), ("em", "vez", "de"), ("au", "lieu", "de"), ("exempt", "de"), ("anstatt",), ("statt",),
    ("invece", "di"), ("al", "posto", "di"), ("bukan", "dari"), ("selain",), ("thay", "vì"), ("thay", "cho"),
    ("than",), ("0", "%"), ("sustituto", "de"), ("sustituto", "del"), ("substituto", "do"), ("alternative", "zu"),
    ("alternativa", "al"), ("alternativa", "ao"), ("alternative", "au"), ("imitación", "de"), ("imitacion", "de"), ("imitação", "de"), ("imitation", "de"), ("imitazione", "di"),
    ("parecido", "a"), ("parecido", "al"), ("similar", "a"), ("similar", "al"), ("simile", "a"), ("ähnlich", "wie"), ("imita",), ("imitan",), ("imitam",), ("imite",), ("won", "t"), ("don", "t"), ("can", "t"), ("similaire", "à"), ("similaire", "au"), ("man", "made"), ("man", "-", "made"), ("feels", "like"), ("feel", "like"), ("looks", "like"),
    ("look", "like"), ("smells", "like"), ("goes", "with"), ("pairs", "with"), ("matches",), ("matching",), ("similar", "to"),
)  # fmt: skip
PHRASES_BY_FIRST: Mapping[str, tuple[tuple[str, ...], ...]] = {
    first: tuple(phrase for phrase in NEGATION_PHRASES if phrase[0] == first)
    for first in {phrase[0] for phrase in NEGATION_PHRASES}
}
IMITATIONS = by_language(
    en="faux fake imitation artificial synthetic simulated mock pseudo vegan replica simili false pu",
    id="imitasi sintetis palsu tiruan buatan vegan",
    ms="tiruan sintetik palsu vegan",
    vi="giả nhân",
    es="imitación imitacion falso falsa símil simil sintético sintetico sintética artificial vegano ecológico polipiel",
    pt="imitação imitacao falso falsa sintético sintetico sintética artificial vegano ecológico símile",
    de="kunst imitat falsches unechtes veganes künstliches synthetisches",
    fr="faux fausse imitation simili synthétique artificiel vegan similicuir",
    it="finto finta ecologica ecologico sintetico sintetica simil imitazione similpelle ecopelle",
)
"""Say that the neighbouring value is only imitated. Most stand before it; in Romance, Malay and Vietnamese, behind."""
IMITATIONS_BEHIND = frozenset(
    "look like effect effekt optik imitat imitation substitute alternative replacement style inspired print printed "
    "imitasi sintetis palsu tiruan sintetik sintético sintetico sintética sintetica artificial falso falsa vegano vegan "
    "pu ecológico ecológica ecologico ecologica giả synthétique artificiel végétal vegana finto finta imitación imitação".split()
)
DENIALS_BEHIND = frozenset("free less frei los loser loses gratis zéro".split())
"""Directly behind a value, with or without a hyphen: `collar-less`, `leather free`, `nickelfrei`."""
PURPOSES = by_language(
    en="for fits compatible suits",
    id="untuk buat cocok",
    ms="untuk sesuai",
    vi="cho dành",
    es="para compatible",
    pt="para compatível",
    de="für passend geeignet",
    fr="pour compatible adapté",
    it="per compatibile adatto",
)
"""State what the product is used with or for."""
TREATED_THINGS = frozenset(
    "cleaner cleaning polish polisher conditioner care repair remover dye glue adhesive detergent softener balm protector "
    "detector screw screws burning carving engraving engraver swab swabs stamp stamps chisel "
    "filler putty "
    "punch needle needles paint primer sealer wax cream shampoo wash cutter saw drill mold mould tester testing hook hanger rack "
    "stain restorer kit removal treatment brightener limpiador limpador reiniger pflege nettoyant detergente pembersih".split()
)
"""Heads of compounds whose first word is not the product's material: `leather cleaner`."""
RUN_NEGATIONS_BEFORE = (
    "ไม่มี",
    "ไม่ใช่",
    "ไม่",
    "ไร้",
    "ปราศจาก",
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
)
RUN_NEGATIONS_BEHIND = (
    "なし", "無し", "不使用", "ではない", "ではありません", "じゃない", "フリー", "レス", "風", "調", "代替", "以外", "เทียม", "ปลอม", "เลียนแบบ", "สังเคราะห์",
)  # fmt: skip
RUN_PURPOSES_BEFORE = ("สำหรับ", "ใช้กับ")
RUN_PURPOSES_BEHIND = ("用", "材用", "向け", "対応", "専用", "クリーナー", "ケア", "磨き")
SPREADERS = frozenset("or and nor y e o u ni nem et ou und oder noch dan atau và hoặc , / & with any".split())
"""Carry a negation on to the next item of a list: `no zip or collar`."""
REVERSALS = frozenset("but with just only sondern sino mas mais ma tapi nhưng mit con com avec dengan".split())
"""End the reach of a negation: `not leather but cotton`."""
IDIOMS = frozenset(
    tuple(each.split())
    for each in (
        "black friday;blue light;blue ray;green tea;black tea;white tea;red tea;white noise;cotton candy;gold standard;"
        "gold member;golden retriever;goldfish;gold fish;red wine;white wine;rose wine;brown rice;white rice;brown sugar;"
        "olive oil;rose water;rose oil;orange juice;black pepper;black box;green energy;silver lining;silver polish;"
        "wooden spoon rest;white board;black board;red bull;blue cheese;white chocolate;dark chocolate;silk touch;"
        "silk screen;rubber duck;steel blue;silver screen;leather dye;cotton bud;cotton swab;cotton wool;wood glue;"
        "red light;black mamba;pink salt;pink himalayan;green screen;gold medal;blue whale;black forest;white tiger;tin foil;"
        "glass cleaner;silver bullet;red carpet;iron man;summer sale;winter sale;spring roll;spring mattress;fall off;"
        "fall protection;fall arrest;white teeth;rose gold;pearl white;ruby red;emerald green;sapphire blue;diamond painting;"
        "diamond shaped;diamond pattern;heavy metal;steel wool;wire wool;cotton picker;metal music;rose red;coral pink;spring loaded;spring steel;coil spring;medium rare;light up;light weight;light bulb;led light"
    ).split(";")
)
"""Fixed expressions whose words are no colour, material or season. A listed value with all of their words still counts."""

KIND_CUES: Mapping[str, frozenset[str]] = {
    "colour": frozenset(
        "color colour colored coloured colors colours tone toned tones shade hue tint dial coloring warna berwarna màu "
        "colore cor farbe farbig farben couleur coloris tonalidad tom tono tonos teint tinted dyed".split()
    ),
    "metal": frozenset(
        "karat carat kt ct k 9k 10k 14k 18k 22k 24k 9kt 10kt 14kt 18kt 22kt 24kt 925 999 750 585 375 916 plated plating "
        "solid filled sterling vermeil hallmark hallmarked purity fine bullion ring rings necklace earring earrings chain "
        "bracelet bangle pendant coin bar ingot emas karats quilates chapado bañado plaqué placcato vergoldet echt".split()
    ),
    "flavour": frozenset(
        "flavor flavour flavored flavoured flavors taste tasting rasa sabor geschmack goût gusto vị juice tea candy syrup "
        "sauce jam extract chocolate biscuit cookie bar drink powder protein aroma".split()
    ),
    "scent": frozenset(
        "scent scented fragrance perfume perfumed smell aroma aromatic candle oil essential duft parfum profumo aroma "
        "wangi hương mùi perfume cologne mist incense diffuser".split()
    ),
    "material": frozenset(
        "fabric material made leather cloth textile lining upper sole bahan chất liệu vải tela tecido stoff tissu tessuto "
        "genuine real pure 100 %".split()
    ),
    "size": frozenset("size sized sizes ukuran talla tamanho größe groesse taille taglia cỡ ไซส์".split()),
}
"""Neighbours that show which kind of attribute an ambiguous word belongs to."""
