"""Derives from an attribute's name the kind of its values, and whether they state a purpose. Pure."""

from __future__ import annotations

from functools import lru_cache

from proposals.words import Text, is_word, text_of

KIND_NAMES: dict[str, str] = {
    "colour": "color colour warna màu สี cor farbe couleur colore カラー 色",
    "metal": "metal gemstone purity karat base-metal metall métal metallo logam kim โลหะ 金属",
    "material": "material fabric composition textile bahan liệu vải วัสดุ เนื้อผ้า tela tecido 素材 生地 stoff tissu tessuto matériau werkstoff obermaterial zusammensetzung composición composição composizione"
    " materiale matière outer lining sole upper",
    "gender": "gender sex género sexo gênero geschlecht genre genere jenis-kelamin tính jantina เพศ 性別",
    "season": "season musim temporada estación estação saison jahreszeit stagione mùa ฤดูกาล ฤดู 季節 シーズン",
    "flavour": "flavor flavour taste rasa perisa saveur sabor geschmack goût saveur gusto vị รสชาติ 味 フレーバー",
    "scent": "scent fragrance smell aroma duft parfum profumo fragancia fragrância hương กลิ่น 香り",
    "size": "size ukuran talla tamanho tamaño größe taille taglia saiz ขนาด サイズ",
    "sleeve": "sleeve lengan manga ärmel manche manica tay แขน 袖",
    "neck": "neck neckline collar leher kerah cuello gola ausschnitt kragen encolure col scollo colletto คอ ネック 襟",
    "pattern": "pattern print design motif corak patrón estampado estampa muster motivo imprimé họa ลาย 柄",
    "closure": "closure fastening fastener cierre fecho verschluss fermeture chiusura การปิด 留め具",
    "occasion": "occasion ocasión ocasião anlass occasione dịp โอกาส シーン",
    "age": "age edad idade alter âge età umur usia tuổi อายุ 年齢",
    "animal": "pet animal mascota haustier hewan haiwan thú ペット สัตว์เลี้ยง",
    "form": "form formulation consistency texture",
}
PURPOSE_NAMES = frozenset(
    "for gender sex age occasion season use usage purpose compatible compatibility suitable target recipient skin hair pet "
    "animal room surface device model audience sport activity ideal applicable user people vehicle department "
    "género sexo gênero geschlecht genre genere jantina kelamin tính edad idade alter umur usia tuổi ocasión ocasião "
    "anlass dịp musim temporada estación estação saison jahreszeit stagione mùa para für pour per untuk cho piel pele haut "
    "peau pelle kulit cabello cabelo haar cheveux capelli uso verwendung utilisation penggunaan kegunaan công "
    "zielgruppe destinatario público mascota".split()
)
RUN_PURPOSE_NAMES = (
    "対象",
    "性別",
    "季節",
    "用途",
    "シーン",
    "年齢",
    "肌",
    "ペット",
    "เพศ",
    "ฤดู",
    "สำหรับ",
    "อายุ",
    "การใช้",
    "ผิว",
)
PERSONS = frozenset({"gender", "age"})
"""Kinds of values that are always stated with `for`."""
GENERIC = frozenset("type style of the and kind form detail details name features feature main primary".split())

_SYNONYMS: dict[str, str] = {}
for _kind, _names in KIND_NAMES.items():
    _SYNONYMS.update(dict.fromkeys(_names.split(), _kind))


def kind_of_name(label: Text) -> str:
    """The kind that the attribute's name states: its last specific word decides, as in `Metal color`."""
    kinds = [_SYNONYMS[word] for word in label.words if word in _SYNONYMS]
    if not kinds:
        joined = "".join(label.words)
        kinds = [kind for name, kind in _SYNONYMS.items() if not name.isascii() and len(name) > 1 and name in joined]
    return kinds[-1] if kinds else ""


def label_stems(label: Text) -> frozenset[str]:
    """The specific words of a label; synonyms such as fabric and material become one."""
    stems = {
        f"={_SYNONYMS[word]}" if word in _SYNONYMS else stem
        for word, stem in zip(label.words, label.stems, strict=True)
        if is_word(word) and word not in GENERIC
    }
    return frozenset(stems or {stem for stem in label.stems if is_word(stem)})


def may_end_label(word: str, stem: str, known: frozenset[str]) -> bool:
    """Whether a label among those with the stems `known` may end with this word. A cheap filter that excludes
    most words."""
    return word in GENERIC or stem in known or f"={_SYNONYMS.get(word)}" in known


def takes_purposes(label: Text) -> bool:
    joined = "".join(label.words)
    return bool(PURPOSE_NAMES & set(label.words)) or any(name in joined for name in RUN_PURPOSE_NAMES)


def labels_match(attribute: frozenset[str], label: frozenset[str]) -> float:
    """How well a label in a text names the attribute: 1 if it is the same, 0 if they share no word."""
    if not attribute or not label:
        return 0.0
    shared = len(attribute & label)
    return shared / max(len(attribute), len(label)) if shared else 0.0


@lru_cache(maxsize=10_000)
def label_of(name: str, languages: tuple[str, ...] = ()) -> frozenset[str]:
    return label_stems(text_of(name, languages))
