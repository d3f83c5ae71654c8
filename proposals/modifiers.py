"""Words that turn a neighbouring value into a description of something else, by kind of attribute. Pure data.

`wood grain` is a look and no material, a `leather cleaner` is made of something else, `green tea` is no colour. The
words of a language count if the market or the text has that language, because `tee` is a shirt in English and tea in German.
"""

from __future__ import annotations

from proposals.cues import by_language

SUBSTANCES = frozenset({"material", "metal"})
"""Kinds of attributes that say what a product is made of."""

LOOKS_BEFORE = by_language(
    en="",
    id="motif corak ala seperti efek nuansa mirip menyerupai",
    ms="motif corak ala seperti mirip menyerupai",
    vi="vân kiểu như giống",
    es="efecto aspecto tipo estilo acabado apariencia",
    pt="efeito aspecto tipo estilo aparência acabamento",
    de="wie",
    fr="effet aspect style façon genre comme",
    it="effetto aspetto stile tipo come",
)
"""Say that the product only looks like the substance behind them."""
LOOKS_BEHIND = frozenset(
    "grain effect feel feeling touch like wallpaper pattern patterned motif decal sticker scented scent flavor flavored flavour flavoured "
    "smell colored coloured shaped themed music band plant plants tree trees seeds texture textured".split()
)
"""Say the same of the substance before them."""
TREATMENTS_BEFORE = by_language(
    en="protects cleans removes restores polishes cuts drills engraves softens conditions repairs glues sews",
    id="pembersih perawatan semir pewarna lem pelembab penghilang sabun",
    ms="pembersih penjagaan pengilat pewarna gam sabun",
    vi="dưỡng tẩy lau keo nhuộm sửa",
    es="limpiador limpia cera betún abrillantador tinte pegamento crema acondicionador brocas sierra removedor detergente",
    pt="limpador limpa cera graxa tinta cola hidratante creme removedor polidor detergente broca serra",
    de="",
    fr="nettoyant cirage entretien colle teinture détachant baume cire crème lessive vernis soin",
    it="detergente pulitore lucido cera colla tinta smacchiatore balsamo crema",
)
"""Things that are used on the substance behind them, with at most one word between: `limpiador de cuero`."""
SKIN = frozenset(
    "wajah kering berminyak sensitif jerawat tubuh muka mặt dưỡng nhạy cảm dầu khô mụn seca sensible grasa facial "
    "rostro cutis secca sensibile grassa viso corpo acne face skin skincare serum toner lotion moisturizer".split()
)
"""Show that a word for leather means skin."""
SKIN_WORDS = frozenset("kulit da piel pelle pele peau".split())
DRINKS_AND_FOOD = by_language(
    en="tea wine pepper rice sugar bread vinegar beans teeth noise peppercorn",
    id="teh anggur nasi gula beras",
    ms="teh wain nasi gula beras",
    vi="trà rượu gạo tiêu",
    es="té vino arroz pan pimienta vinagre",
    pt="chá vinho arroz pão pimenta vinagre",
    de="tee wein reis pfeffer",
    fr="thé vin riz poivre vinaigre",
    it="tè vino riso pepe",
)
"""Things of which a colour names the sort."""
COLOUR_WORDS = frozenset(
    "black white red blue green yellow orange pink purple brown grey gray beige gold golden".split()
)
"""Behind a flavour or a scent these make a shade: `mint green`."""
NEW_STATEMENTS = frozenset(
    "made in aus en em hecho hecha feito feita fait faite fatto fatta terbuat berbahan bahan làm bằng chất".split()
)
"""Begin another statement: a negation before the noun in front of them does not reach on."""
RUN_LOOKS_BEFORE = ("ลาย", "คล้าย", "เหมือน", "สไตล์")
RUN_LOOKS_BEHIND = ("目", "柄", "テイスト", "スタイル")
RUN_TREATMENTS_BEFORE = ("ทำความสะอาด", "ขัด", "บำรุง", "กาว")
RUN_FOOD_BEHIND = ("茶", "ワイン", "米", "砂糖")
RUN_FOOD_BEFORE = ("ชา", "ไวน์", "ข้าว")
