"""Values are read from a product's texts in any market, except where the words deny them or mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.proposed import attribute, proposals_for, stated

COLOUR = attribute("Color", ["Red", "Black", "Blue", "Gold", "Silver", "Rose Gold", "Orange", "White", "Navy Blue"])
MATERIAL = attribute("Material", ["Cotton", "Leather", "Polyester", "Wood", "Silk", "Wool", "Nylon", "Rubber", "Glass"])
METAL = attribute("Metal Type", ["Gold", "Silver", "Platinum", "Rose Gold", "Stainless Steel"])
GENDER = attribute("Gender", ["Men", "Women", "Unisex", "Boys", "Girls"])
SEASON = attribute("Season", ["Spring", "Summer", "Autumn", "Winter"])
SLEEVE = attribute("Sleeve Length", ["Long Sleeve", "Short Sleeve", "Sleeveless", "3/4 Sleeve"])
COLLAR = attribute("Collar", ["Round Neck", "V-Neck", "Turtleneck", "No Collar"])
FLAVOR = attribute("Flavor", ["Orange", "Chocolate", "Vanilla", "Unflavored"])
VOLUME = attribute("Volume", ["100 ml", "250ml", "0.5 L", "1.5 L", "2 L"])
PACK = attribute("Quantity Per Pack", ["1", "2", "6", "12"])
WATERPROOF = attribute("Waterproof", ["Yes", "No"])


@pytest.mark.parametrize(
    ("title", "wanted", "value"),
    [
        ("Red cotton T-shirt", COLOUR, "Red"),
        ("Ladies' blouses in silk", GENDER, "Women"),
        ("Cottons Women's Top", GENDER, "Women"),
        ("Rose gold watch", COLOUR, "Rose Gold"),
        ("Round necked jumper", COLLAR, "Round Neck"),
        ("Pullover, neck: round", COLLAR, "Round Neck"),
        ("V neck tee", COLLAR, "V-Neck"),
        ("Vneck tee", COLLAR, "V-Neck"),
        ("Top with long sleeves", SLEEVE, "Long Sleeve"),
        ("Bottle 1500 ml", VOLUME, "1.5 L"),
        ("Bottle 1,5 L", VOLUME, "1.5 L"),
        ("Bottle 500ml", VOLUME, "0.5 L"),
        ("Socks, pack of 12", PACK, "12"),
        ("Socks 6-pack", PACK, "6"),
        ("Waterproof hiking boots", WATERPROOF, "Yes"),
        ("Hiking boots, not waterproof", WATERPROOF, "No"),
        ("Collarless linen shirt", COLLAR, "No Collar"),
        ("Linen shirt without collar", COLLAR, "No Collar"),
        ("Not leather but cotton", MATERIAL, "Cotton"),
        ("Shirt for women", GENDER, "Women"),
        ("Without zip, made of cotton", MATERIAL, "Cotton"),
        ("Unflavored protein", FLAVOR, "Unflavored"),
    ],
)
def test_a_stated_value_is_read(title: str, wanted: Any, value: str) -> None:
    assert stated(title, wanted) == value


@pytest.mark.parametrize(
    ("region", "title", "value"),
    [
        ("MX", "Camisa para niños", "Boys"),
        ("MX", "Camisa para niña", "Girls"),
        ("BR", "Camiseta menina", "Girls"),
        ("IT", "Maglia bambino", "Boys"),
    ],
)
def test_words_of_one_stem_mean_the_value_whose_name_they_resemble_most(region: str, title: str, value: str) -> None:
    assert stated(title, GENDER, region=region) == value


def test_a_colour_in_the_next_sentence_does_not_describe_a_material() -> None:
    product = {"title": "Shirt", "description": "It is wool. Color: white."}
    assert stated(product, MATERIAL) == "Wool"


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Belt, not leather", MATERIAL),
        ("Faux leather jacket", MATERIAL),
        ("Faux-leather jacket", MATERIAL),
        ("Imitation silk scarf", MATERIAL),
        ("Leather-free shoes", MATERIAL),
        ("Leather free shoes", MATERIAL),
        ("Free of rubber gloves", MATERIAL),
        ("Non-leather bag", MATERIAL),
        ("Bag without any leather", MATERIAL),
        ("No wool or silk in this scarf", MATERIAL),
        ("Leather-look trousers", MATERIAL),
        ("Cleaner for leather", MATERIAL),
        ("Leather cleaner 250 ml", MATERIAL),
        ("Detergent for silk and wool", MATERIAL),
        ("Instead of cotton we use bamboo", MATERIAL),
        ("Black Friday deal: scarf", COLOUR),
        ("Blue light glasses", COLOUR),
        ("18K gold necklace", COLOUR),
        ("925 sterling silver ring", COLOUR),
        ("Orange flavored drink", COLOUR),
        ("Shirt without long sleeves", SLEEVE),
    ],
)
def test_a_value_that_is_denied_or_about_something_else_is_not_read(title: str, wanted: Any) -> None:
    assert stated(title, wanted) is None


def test_gold_is_the_metal_and_not_the_colour() -> None:
    assert stated("14k gold chain", METAL, COLOUR) == "Gold"
    assert stated("14k gold chain", COLOUR, METAL) is None
    assert stated("Gold tone dial, silver band", COLOUR, METAL) == "Gold"


@pytest.mark.parametrize(
    ("region", "title", "wanted", "value"),
    [
        ("ID", "Kaos pria bahan katun lengan panjang", MATERIAL, "Cotton"),
        ("ID", "Kaos pria bahan katun lengan panjang", GENDER, "Men"),
        ("MY", "Baju wanita merah", COLOUR, "Red"),
        ("VN", "Áo thun nữ màu đỏ", COLOUR, "Red"),
        ("VN", "Áo thun nữ màu đỏ", GENDER, "Women"),
        ("TH", "เสื้อยืดผู้หญิง ผ้าฝ้าย แขนสั้น", MATERIAL, "Cotton"),
        ("TH", "เสื้อยืดผู้หญิง ผ้าฝ้าย แขนสั้น", GENDER, "Women"),
        ("MX", "Camisas de algodón negras para mujer", MATERIAL, "Cotton"),
        ("MX", "Camisas de algodón negras para mujer", GENDER, "Women"),
        ("BR", "Camiseta feminina vermelha de algodão", COLOUR, "Red"),
        ("JP", "綿100% 長袖シャツ レディース", MATERIAL, "Cotton"),
        ("JP", "綿100% 長袖シャツ レディース", GENDER, "Women"),
        ("DE", "Herrenhemd aus Baumwolle, schwarz", MATERIAL, "Cotton"),
        ("DE", "Baumwollhemd langarm", MATERIAL, "Cotton"),
        ("FR", "Robe d'été en coton pour femme", MATERIAL, "Cotton"),
        ("IT", "Maglia da donna in cotone rosso", COLOUR, "Red"),
        ("DE", "Flasche 1,5 Liter", VOLUME, "1.5 L"),
    ],
)
def test_values_are_read_in_the_language_of_the_market(region: str, title: str, wanted: Any, value: str) -> None:
    assert stated(title, wanted, region=region) == value


@pytest.mark.parametrize(
    ("region", "title", "wanted"),
    [
        ("ID", "Sepatu tanpa kulit", MATERIAL),
        ("ID", "Tas kulit sintetis", MATERIAL),
        ("VN", "Túi không phải da", MATERIAL),
        ("TH", "กระเป๋าหนังเทียม", MATERIAL),
        ("MX", "Bolsa sin cuero", MATERIAL),
        ("MX", "Limpiador para cuero", MATERIAL),
        ("BR", "Bolsa sem couro", MATERIAL),
        ("JP", "フェイクレザー ジャケット", MATERIAL),
        ("JP", "レザー用クリーナー", MATERIAL),
        ("DE", "Jacke aus Kunstleder", MATERIAL),
        ("DE", "Schuhe ohne Leder", MATERIAL),
        ("DE", "Lederpflege 250 ml", MATERIAL),
        ("FR", "Sac sans cuir", MATERIAL),
        ("IT", "Borsa in finta pelle", MATERIAL),
    ],
)
def test_denials_are_understood_in_the_language_of_the_market(region: str, title: str, wanted: Any) -> None:
    assert stated(title, wanted, region=region) is None


def test_a_label_decides_between_two_attributes() -> None:
    sole, upper = attribute("Sole Material", ["Rubber", "Leather"]), attribute("Lining Fabric", ["Cotton", "Leather"])
    product = {"title": "Shoes", "description": "<p>Sole material: rubber</p><p>Lining fabric: leather</p>"}
    assert stated(product, sole, upper) == "Rubber"
    assert stated(product, upper, sole) == "Leather"


def test_sales_attributes_and_old_attributes_are_read() -> None:
    product = {
        "title": "Shirt",
        "skus": [{"sales_attributes": [{"name": "Color", "value_name": "Navy blue"}]}],
        "product_attributes": [{"id": "1", "name": "Fabric", "values": [{"name": "100% Cotton"}]}],
    }
    assert stated(product, COLOUR) == "Navy Blue"
    assert stated(product, MATERIAL) == "Cotton"


def test_the_brand_is_not_read_as_a_value() -> None:
    assert stated({"title": "Silver Reed pencil", "brand": {"name": "Silver Reed"}}, COLOUR) is None


def test_the_words_and_the_source_are_given() -> None:
    first = proposals_for("Black nylon bag", MATERIAL)["Material"].first
    assert first.words == ("nylon",)
    assert first.sources == ("title",)
