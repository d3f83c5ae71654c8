"""Words that turn a neighbouring value into a description of something else, by kind of attribute. Pure data.

`wood grain` is a look and no material, a `leather cleaner` is made of something else, `green tea` is no colour. The
words of a language count if the market or the text has that language, because `tee` is a shirt in English and tea in German.
"""

from __future__ import annotations

from collections.abc import Mapping

from proposals.cues import by_language

SUBSTANCES = frozenset({"material", "metal"})
"""Kinds of attributes that say what a product is made of."""

LOOKS_BEFORE = by_language(
    en="",
    id="motif corak ala seperti efek nuansa mirip menyerupai",
    ms="motif corak ala seperti mirip menyerupai",
    vi="vân kiểu như giống",
    es="efecto aspecto tipo estilo acabado apariencia tacto textura",
    pt="efeito aspecto tipo estilo aparência acabamento toque textura",
    de="wie",
    fr="effet aspect style façon genre comme toucher apparence",
    it="effetto aspetto stile tipo come tocco",
)
"""Say that the product only looks like the substance behind them."""
JOINING = frozenset("de del da do di della of".split())
"""May stand between a look and the substance: `aparência de madeira`."""
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
    en="tea wine pepper rice sugar bread vinegar bean beans teeth noise peppercorn cheese onion onions cabbage tomato tomatoes "
    "grape grapes currant currants olives chili lentils",
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
    "black white red blue green yellow orange pink purple brown grey gray beige gold golden blonde blond".split()
)
"""Behind a flavour or a scent these make a shade: `mint green`."""
OTHERS_BEHIND = {
    "season": frozenset(
        "water roll rolls onion onions mattress loaded steel clip hinge melon squash protection arrest resistant proof "
        "detection prevention".split()
    ),
    "flavour": frozenset(
        "squeezer press peeler slicer cutter knife scoop mold mould zester juicer reamer tree plant seeds".split()
    ),
    "pattern": frozenset(
        "wood oak pine walnut maple teak gold silver brass bronze steel metal state core "
        "arrangement foam tape wire".split()
    ),
    "closure": frozenset("repair replacement kit foot puller maker cell battery".split()),
}
"""Words by kind of attribute. Behind a value they make it the name of another thing: `spring mattress`, `solid oak`."""
NEW_STATEMENTS = frozenset(
    "made in aus en em hecho hecha feito feita fait faite fatto fatta terbuat berbahan bahan làm bằng chất".split()
)
"""Begin another statement: a negation before the noun in front of them does not reach on."""
RUN_LOOKS_BEFORE = ("ลาย", "คล้าย", "เหมือน", "สไตล์")
RUN_LOOKS_BEHIND = ("目", "柄", "テイスト", "スタイル")
RUN_TREATMENTS_BEFORE = ("ทำความสะอาด", "ขัด", "บำรุง", "กาว", "กาวติด")
RUN_FOOD_BEHIND = ("茶", "ワイン", "米", "砂糖")
RUN_FOOD_BEFORE = ("ชา", "ไวน์", "ข้าว")
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
        "diamond shaped;diamond pattern;green card;third party;mint condition;strawberry blonde;rose hip;heavy metal;steel wool;wire wool;cotton picker;metal music;rose red;coral pink;spring loaded;spring steel;coil spring;medium rare;light up;light weight;light bulb;led light"
    ).split(";")
)
"""Fixed expressions whose words are no colour, material or season. A listed value with all of their words still counts."""

KIND_CUES: Mapping[str, frozenset[str]] = {
    "colour": frozenset(
        "color colour colored coloured colors colours tone toned tones shade hue tint dial coloring warna berwarna màu "
        "colore cor farbe farbig farben couleur coloris tonalidad tom tono tonos teint tinted dyed".split()
    ),
    "metal": frozenset(
        "karat karats carat carats carati kt ct k 9k 10k 14k 18k 22k 24k 9kt 10kt 14kt 18kt 22kt 24kt 925 999 750 585 375 916 plated plating "
        "solid filled sterling vermeil hallmark hallmarked purity fine bullion ring rings necklace earring earrings chain "
        "bracelet bangle pendant coin bar ingot emas karats quilates chapado bañado plaqué placcato vergoldet echt".split()
    ),
    "flavour": frozenset(
        "flavor flavour flavored flavoured flavors taste tasting rasa sabor geschmack goût gusto vị juice tea candy syrup "
        "sauce jam extract chocolate biscuit cookie bar drink powder protein aroma".split()
    ),
    "scent": frozenset(
        "scent scented soap fragrance perfume perfumed smell aroma aromatic candle oil essential duft parfum profumo aroma "
        "wangi hương mùi perfume cologne mist incense diffuser".split()
    ),
    "material": frozenset(
        "fabric material made leather cloth textile lining upper sole bahan chất liệu vải tela tecido stoff tissu tessuto "
        "genuine real pure 100 %".split()
    ),
    "size": frozenset("size sized sizes ukuran talla tamanho größe groesse taille taglia cỡ ไซส์".split()),
}
"""Neighbours that show which kind of attribute an ambiguous word belongs to."""
