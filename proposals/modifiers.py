"""Words that turn a neighbouring value into a description of something else, by kind of attribute. Pure data.

`wood grain` is a look, not a material; a `leather cleaner` is made of something else; `green tea` is not a colour. A
language's words apply if the market or the text uses that language, because `tee` is a shirt in English and tea in
German.
"""

from __future__ import annotations

from collections.abc import Mapping

from proposals.cues import by_language

SUBSTANCES = frozenset({"material", "metal"})
"""Kinds of attributes that describe the product's material."""

LOOKS_BEFORE = by_language(
    en="",
    id="ekstrak aroma motif corak ala seperti efek nuansa mirip menyerupai",
    ms="ekstrak aroma motif corak ala seperti mirip menyerupai kesan",
    vi="xuất hương vân kiểu như giống ứng",
    es="extracto aroma fragancia esencia diseño decoración efecto aspecto tipo estilo acabado apariencia tacto textura",
    pt="extrato aroma fragrância essência decoração efeito aspecto tipo estilo aparência acabamento toque textura",
    de="wie",
    fr="extrait arôme senteur essence décor effet aspect style façon genre comme toucher apparence",
    it="estratto aroma fragranza essenza decoro effetto aspetto stile tipo come tocco",
)
"""State that the product only looks like the substance named after them."""
PRINTS_BEFORE = by_language(
    en="printed",
    es="estampado estampada",
    pt="estampa estampado estampada",
    de="muster druck",
    fr="motif imprimé imprimée",
    it="fantasia stampa",
)
PRINTS_BEHIND = frozenset("print prints printed design style styled".split())
"""Further words for looks, but not of fabrics: a `cotton print dress` is made of cotton."""
JOINING = frozenset("de del da do dos das di della dello des du d à al au aux of vải len".split())
"""May occur between a look and the substance: `aparência de madeira`."""
LOOKS_BEHIND = frozenset(
    "grain effect finish feel feeling touch like wallpaper pattern patterned motif decal sticker scented scent flavor flavored flavour flavoured "
    "smell colored coloured tone toned shaped themed soled lined trimmed tipped handled framed backed music band plant plants tree trees seeds texture textured".split()
)
"""State the same about the substance named before them."""
NAMES_OF_PLANTS = frozenset("plant plants tree trees seeds".split())
"""Words among these that only follow substances that grow: a `ceramic plant pot` is made of ceramic."""
TREATMENTS_BEFORE = by_language(
    en="protects cleans removes restores polishes cuts drills engraves softens conditions repairs glues sews clean remove restore polish cut drill engrave repair glue sew protect",
    id="pembersih perawatan semir pewarna lem pelembab penghilang pemotong sabun",
    ms="pembersih penjagaan pengilat pewarna gam pemotong sabun",
    vi="dưỡng tẩy lau keo nhuộm sửa cắt",
    es="limpiador limpia cera betún abrillantador tinte pegamento crema acondicionador brocas sierra removedor detergente cortador cortadora",
    pt="limpador limpa cera graxa tinta cola hidratante creme removedor polidor detergente broca serra cortador cortadora",
    de="",
    fr="nettoyant cirage entretien colle teinture détachant baume cire crème lessive vernis soin",
    it="detergente pulitore lucido cera colla tinta smacchiatore balsamo crema",
)
"""Things used on the substance named after them, with at most one word between: `limpiador de cuero`."""
SKIN = frozenset(
    "wajah kering berminyak sensitif jerawat tubuh muka mặt dưỡng nhạy cảm dầu khô mụn seca sensible grasa facial "
    "rostro cutis secca sensibile grassa viso corpo acne face skin skincare serum toner lotion moisturizer".split()
)
"""Show that a word for leather means skin here."""
SKIN_WORDS = frozenset("kulit da piel pelle pele peau".split())
COLOUR_WORDS = frozenset(
    "black white red blue green yellow orange pink purple brown grey gray beige gold golden blonde blond".split()
)
"""After a flavour or a scent these make a shade: `mint green`."""
CONTAINERS = frozenset(
    "box boxes bottle bottles pot pots dish dishes holder holders dispenser dispensers jar jars stand rack tray cup cups mug "
    "mugs bag bags pouch case cases brush brushes applicator tin can container organizer storage shelf roller tool tools maker "
    "bowl basket bucket bar mold molds mould moulds roll rolls caddy warmer melter lamp".split()
)
"""After a care product they name a thing that may be made of the substance: `wooden soap dish`."""
COMPOUNDS_BEHIND = frozenset(
    "oxide dioxide peptide peptides sulfate sulphate citrate gluconate picolinate chloride carbonate nitrate acetate "
    "glycinate bisglycinate supplement supplements tablets capsules gummies extract protein proteins worm worms".split()
)
"""After a substance they form the name of another one: `zinc oxide`, `silk protein`."""
SHAPED = frozenset("shaped shape themed form förmig geformt".split())
"""After a hyphen or a space, they state that the product only has the form of the thing."""
OTHERS_BEHIND = {
    "season": frozenset(
        "water clamp clamps roll rolls onion onions mattress loaded steel clip hinge melon squash protection arrest resistant proof "
        "detection prevention".split()
    ),
    "animal": frozenset(
        "5 5e 6 6a 6e 7 8 eye eyes ear ears lover lovers mom dad print pattern costume oil liver nest".split()
    ),
    "hair": frozenset("razor bag bags art print vase erase".split()),
    "form": frozenset("stand case holder sleeve keyboard pen blue pink".split()),
    "skin": frozenset("shampoo erase clean cleaning fruit fruits goods bag vase".split()),
    "pattern": frozenset(
        "wood oak pine walnut maple teak gold silver brass bronze steel metal state core "
        "arrangement foam tape wire".split()
    ),
    "scent": frozenset("shell shells fiber fibre coir".split()),
    "closure": frozenset("repair replacement kit foot puller maker cell battery".split()),
}
"""Words by kind of attribute. After a value they turn it into the name of another thing: `spring mattress`, `solid
oak`.
"""
PREPOSITIONS = frozenset(
    "with for in on from by without mit für aus con para com avec en in da dengan untuk với có".split()
)
"""End a name of several words."""
COMPARED = frozenset("smooth soft shiny strong hard tough cool light sharp".split())
"""After a hyphen, they compare the product with the substance: `silk-smooth`."""
STATING = frozenset(
    "based blended covered enriched filled flavored flavoured infused knitted operated padded plated powered scented "
    "stuffed upholstered wrapped colored coloured sized striped".split()
)
"""After a hyphen, other participles make the value describe a part or another thing: `leather-trimmed`, `dog-eared`."""
NEW_STATEMENTS = frozenset(
    "made in aus en em hecho hecha feito feita fait faite fatto fatta terbuat berbahan bahan làm bằng chất".split()
)
"""Begin another statement: a negation before the preceding noun ends here."""
RUN_LOOKS_BEFORE = ("ลาย", "คล้าย", "เหมือน", "สไตล์")
RUN_LOOKS_BEHIND = ("目", "柄", "テイスト", "スタイル")
RUN_TREATMENTS_BEFORE = ("ทำความสะอาด", "ขัด", "บำรุง", "กาว", "กาวติด", "ครีมขัด", "ครีมบำรุง")
RUN_OTHERS_BEHIND: Mapping[str, tuple[str, ...]] = {
    "colour": (
        "คำ",
        "แดง",
        "เหลือง",
        "金",
        "メッキ",
        "鍍金",
        "ちゃん",
        "免許",
        "会員",
        "カード",
        "925",
        "950",
        "999",
        "750",
        "18k",
        "14k",
    ),
    "material": ("色", "カラー"),
}
"""Continue a value to another word: in Thai, gold becomes the metal, copper or brass."""

KIND_CUES: Mapping[str, frozenset[str]] = {
    "colour": frozenset(
        "color colour colored coloured colors colours tone toned tones shade hue tint dial coloring warna berwarna màu "
        "colore cor farbe farbig farben couleur coloris tonalidad tom tono tonos teint tinted dyed".split()
    ),
    "metal": frozenset(
        "karat karats carat carats carati kt ct k 9k 10k 14k 18k 22k 24k 9kt 10kt 14kt 18kt 22kt 24kt 925 999 750 585 375 916 333 417 958 800 plated plating "
        "solid filled sterling vermeil hallmark hallmarked purity fine bullion ring rings necklace earring earrings chain "
        "bracelet bangle pendant coin bar ingot emas karats quilates chapado bañado plaqué placcato vergoldet echt".split()
    ),
    "flavour": frozenset(
        "flavor flavour flavored flavoured flavors taste tasting rasa perisa hương saveur arôme sabor geschmack goût gusto vị juice tea candy syrup "
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
"""Neighbours that show to which kind of attribute an ambiguous word belongs."""
