"""Reads quantities such as `500 ml`, `1,5 L`, `pack of 12` or `10-20 cm` and compares them across units. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

UNITS: dict[str, tuple[str, float]] = {
    name: (dimension, factor)
    for dimension, factor, names in (
        ("length", 0.001, "mm millimeter millimeters millimetre millimetres milímetro milímetros millimètre millimètres millimetro millimetri มม ミリ"),
        ("length", 0.01, "cm centimeter centimeters centimetre centimetres zentimeter centímetro centímetros centimètre centimètres centimetro centimetri senti ซม เซนติเมตร 厘米 センチ"),
        ("length", 1.0, "m meter meters metre metres metro metros mètre mètres metri mét เมตร メートル"),
        ("length", 0.0254, 'in inch inches " ″ ” pulgada pulgadas polegada polegadas zoll pouces pollici นิ้ว インチ'),
        ("length", 0.3048, "ft feet foot pies"),
        ("mass", 0.001, "mg milligram milligrams miligramo miligramos miligrama miligramas milligramm milligramme milligrammes มก มิลลิกรัม"),
        ("mass", 1.0, "g gr gm gram grams gramme gramo gramos grama gramas gramm grammes grammo grammi gam กรัม グラム"),
        ("mass", 1000.0, "kg kgs kilo kilogram kilograms kilos kilogramo kilogramos quilo quilos quilograma quilogramas kilogramm kilogramme kilogrammes chilo chili chilogrammo chilogrammi กก กิโลกรัม กิโล キロ キログラム"),
        ("mass", 28.3495, "oz ounce ounces"),
        ("mass", 453.592, "lb lbs pound pounds"),
        ("volume", 0.001, "ml mls milliliter milliliters millilitre millilitres mililitro mililitros millilitri มล มิลลิลิตร ミリリットル"),
        ("volume", 0.01, "cl centilitre centilitres centiliter"),
        ("volume", 1.0, "l lt ltr ltrs liter litre liters litres litro litros litri lít ลิตร リットル"),
        ("volume", 0.0295735, "floz"),
        ("volume", 3.78541, "gal gallon gallons"),
        ("count", 1.0, "pc pcs piece pieces pack packs pk ct count counts unit units set sets pair pairs buah biji keping"
                       " helai pieza piezas unidad unidades peça peças unidade stück stk pièce pièces pezzi pezzo cái"
                       " chiếc gói ชิ้น อัน แพ็ค 個 枚 本 袋 セット 入り 個入り 枚入り sachet sachets tabs tablets capsules"),
        ("power", 1.0, "w watt watts vatios watios วัตต์ ワット"),
        ("power", 1000.0, "kw"),
        ("voltage", 1.0, "v volt volts voltios volti โวลต์ ボルト"),
        ("charge", 1.0, "mah"),
        ("storage", 1.0, "gb gigabyte gigabytes gig"),
        ("storage", 1024.0, "tb terabyte terabytes"),
        ("storage", 1 / 1024, "mb megabyte megabytes"),
        ("fineness", 1.0, "k kt karat carat ct. quilates karats"),
        ("time", 1.0, "h hr hrs hour hours jam giờ horas stunden heures ore"),
        ("age", 1.0, "year years yr yrs yo tahun tuổi año años anos jahre ans anni ขวบ 歳"),
        ("age", 1 / 12, "month months bulan tháng mes meses monate mois mesi เดือน ヶ月"),
        ("share", 1.0, "%"),
        ("density", 1.0, "gsm"),
        ("layer", 1.0, "ply layer layers lapis lớp"),
    )
    for name in names.split()
}  # fmt: skip
BELOW = frozenset("under below less max up upto ≤ < kurang dưới menos bis unter moins fino".split())
ABOVE = frozenset("over above more min from + ≥ > lebih trên más mais über mehr plus oltre".split())
COUNT_BEFORE = frozenset("pack set lot box bundle isi lote juego kit packung pacco confezione paquete combo ชุด".split())
NUMBER_WORDS: dict[str, float] = {
    word: float(number)
    for number, words in enumerate(
        (
            "two zwei dos dois duas deux due", "three drei tres três trois tre tiga", "four vier cuatro quatro quatre quattro empat",
            "five fünf cinco cinq cinque", "six sechs seis sei enam", "seven sieben siete sete sept sette",
            "eight acht ocho oito huit otto", "nine neun nueve nove neuf", "ten zehn diez dez dix dieci",
        ),
        start=2,
    )
    for word in words.split()
}  # fmt: skip
"""Without one, which is also an article, and without words that have another common meaning."""
TOLERANCE = 0.006
"""Largest relative difference of two equal quantities: `2 oz` and `57 g` are rounded."""


@dataclass(frozen=True, slots=True)
class Quantity:
    dimension: str
    """`number` if there is no unit."""
    low: float
    high: float
    start: int = 0
    """First word of the text."""
    end: int = 0

    def holds(self, other: Quantity) -> bool:
        """Whether `other` is this quantity or lies in this range."""
        if self.dimension != other.dimension:
            return False
        slack = TOLERANCE * max(abs(self.low), abs(other.low)) if self.low == self.high else 0.0
        return self.low - slack <= other.low and other.high <= self.high + slack


def number_of(word: str, decimal_comma: bool = False) -> float | None:
    """`1,5` is 1.5 everywhere; `1.500` is 1500 where the decimal separator is a comma, else 1.5. None for other
    words."""
    if not word[0].isdigit():
        return NUMBER_WORDS.get(word)
    word = word.rstrip("+")
    commas, points = word.count(","), word.count(".")
    if not commas and not points:
        return float(word)
    mark = "," if not points or (commas and word.rfind(",") > word.rfind(".")) else "."
    whole, _, tail = word.rpartition(mark)
    other = "." if mark == "," else ","
    is_thousands = (word.count(mark) > 1) or (
        len(tail) == 3 and other not in word and whole != "0" and (mark == ".") == decimal_comma
    )
    digits = word.replace(",", "").replace(".", "") if is_thousands else f"{whole.replace(other, '')}.{tail}"
    return float(digits)


def quantities(words: Sequence[str], decimal_comma: bool = False) -> list[Quantity]:
    """All quantities of a text, as a number with its unit; counts also as `pack of 12`."""
    found = []
    for at, word in enumerate(words):
        if (number := number_of(word, decimal_comma)) is None:
            continue
        start, low = at, number
        if (
            at >= 2
            and words[at - 1] in ("-", "–", "to", "~")
            and (before := number_of(words[at - 2], decimal_comma)) is not None
        ):
            start, low = at - 2, before
        end, unit = _unit(words, at + 1)
        if (
            unit is None
            and at >= 2
            and words[at - 1] in ("of", "de", "da", "di", "à")
            and words[at - 2] in COUNT_BEFORE
        ) or (unit is None and at >= 1 and words[at - 1] in COUNT_BEFORE):
            unit = ("count", 1.0)
        dimension, factor = unit or ("number", 1.0)
        found.append(Quantity(dimension, min(low, number) * factor, max(low, number) * factor, start, end))
    return found


def value_quantity(words: Sequence[str], decimal_comma: bool = False) -> Quantity | None:
    """The quantity stated by a value's name, which may otherwise contain only a unit and `under` or `over`."""
    found = quantities(words, decimal_comma)
    if len(found) == 2 and found[0].end == found[1].start + 1:
        found = found[1:]
    if not found or len(found) > 2 or (len(found) == 2 and found[1].start > found[0].start):
        return None
    only = found[-1]
    rest = [
        each for each in (*words[: only.start], *words[only.end :]) if each not in ("of", "(", ")", ".", "-", "than")
    ]
    inside = {"+" for word in words[only.start : only.end] if word[-1] == "+"}
    below, above = set(rest) & BELOW, (set(rest) | inside) & ABOVE
    if set(rest) - BELOW - ABOVE - COUNT_BEFORE - {"to"}:
        return None
    if below:
        return Quantity(only.dimension, 0.0, only.high)
    return Quantity(only.dimension, only.low, float("inf") if above else only.high)


def _unit(words: Sequence[str], at: int) -> tuple[int, tuple[str, float] | None]:
    """The index after the unit, and the unit."""
    while at < len(words) and words[at] in "-+":
        at += 1
    if at >= len(words):
        return at, None
    if words[at] == "fl" and any(each == "oz" for each in words[at + 1 : at + 3]):
        return at + 2, UNITS["floz"]
    unit = UNITS.get(words[at])
    return (at + 1, unit) if unit else (at, None)
