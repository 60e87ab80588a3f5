"""The shelves of Harbor & Pine: one row per product, and how a row becomes a product with variants and stock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from plugin.sandbox.catalog import BundlePart, Category, Option, OptionValue, Product, Tracking, Variant
from plugin.sandbox.catalog import ChosenOption as Choice
from plugin.sandbox.stock import Cell, StockKey
from plugin.sandbox.store import Store

CATEGORIES = {
    21: "Kitchen",
    22: "Living room",
    23: "Bedroom",
    24: "Garden",
    25: "Clothing",
    26: "Gifts",
}
BRANDS = ("Kiln & Clay", "Northwood", "Fjord Textiles", "Lumen", "Greenhouse Co.", "Harbor & Pine")
FIRST_PRODUCT, FIRST_VARIANT, FIRST_SKU_ID = 111, 1001, 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`options` maps an option's values to the units on hand of each. `preorder_in` is days from now."""

    name: str
    sku: str
    price: str
    category: int
    brand: str
    on_hand: int = 0
    option: str = ""
    options: dict[str, int] | None = None
    tracking: Tracking | None = None
    type: Literal["physical", "digital"] = "physical"
    preorder_in: int | None = None
    bundle: tuple[str, ...] = ()
    text: str = ""
    color: str = "#8a6d4b"
    featured: bool = False


KILN, NORTH, FJORD, LUMEN, GREEN, OWN = BRANDS
ROWS = (
    Row(name="Red Mug", sku="MUG-RED", price="14.00", category=21, brand=KILN, on_hand=1, color="#b3392f", featured=True,
        text="Stoneware, thrown by hand, holds 35 cl. Dishwasher safe."),
    Row(name="Blue Mug", sku="MUG-BLUE", price="14.00", category=21, brand=KILN, on_hand=0, color="#2f5d8a", featured=True),
    Row(name="Glazed Mug", sku="MUG-GLAZE", price="16.00", category=21, brand=KILN, option="Color", color="#6f7f5c",
        options={"Moss": 4, "Sand": 0, "Ink": 12, "Rust": 2}, featured=True),
    Row(name="Harbor T-Shirt", sku="TEE-HARBOR", price="28.00", category=25, brand=FJORD, option="Size", color="#40566b",
        options={"XS": 0, "S": 6, "M": 1, "L": 9, "XL": 0}, featured=True),
    Row(name="Pine Candle", sku="CANDLE-PINE", price="19.50", category=26, brand=OWN, on_hand=25, color="#3f5b45"),
    Row(name="Oak Dining Table", sku="TABLE-OAK", price="890.00", category=22, brand=NORTH, on_hand=0, preorder_in=45,
        color="#a07a4f", text="Solid oak for eight. First delivery of a new design."),
    Row(name="Serving Bowl", sku="BOWL-SERVE", price="34.00", category=21, brand=KILN, on_hand=7, color="#c9b79c"),
    Row(name="Pasta Plate", sku="PLATE-PASTA", price="18.00", category=21, brand=KILN, on_hand=40, color="#d8cfc0"),
    Row(name="Breakfast Plate", sku="PLATE-BREAK", price="13.00", category=21, brand=KILN, on_hand=0, color="#d8cfc0"),
    Row(name="Espresso Cup", sku="CUP-ESPRESSO", price="9.50", category=21, brand=KILN, on_hand=60, color="#5b3a29"),
    Row(name="Teapot", sku="TEAPOT-1", price="49.00", category=21, brand=KILN, on_hand=3, color="#4b5d67", featured=True),
    Row(name="Bread Board", sku="BOARD-BREAD", price="32.00", category=21, brand=NORTH, on_hand=15, color="#a07a4f"),
    Row(name="Salad Servers", sku="SERVERS-1", price="22.00", category=21, brand=NORTH, on_hand=0, color="#a07a4f"),
    Row(name="Pepper Mill", sku="MILL-PEPPER", price="39.00", category=21, brand=NORTH, on_hand=11, color="#6b4a2f"),
    Row(name="Breakfast Set", sku="SET-BREAKFAST", price="48.00", category=26, brand=OWN, color="#b3392f",
        bundle=("MUG-RED", "PLATE-BREAK", "BOARD-BREAD"), text="A mug, a plate and a board, wrapped together."),
    Row(name="Linen Sofa", sku="SOFA-LINEN", price="1490.00", category=22, brand=NORTH, on_hand=2, color="#c2b59b"),
    Row(name="Reading Chair", sku="CHAIR-READ", price="540.00", category=22, brand=NORTH, on_hand=0, color="#7b5e46", featured=True),
    Row(name="Coffee Table", sku="TABLE-COFFEE", price="320.00", category=22, brand=NORTH, on_hand=4, color="#a07a4f"),
    Row(name="Book Shelf", sku="SHELF-BOOK", price="410.00", category=22, brand=NORTH, on_hand=0, color="#8a6d4b"),
    Row(name="Wool Rug", sku="RUG-WOOL", price="260.00", category=22, brand=FJORD, option="Size", color="#9a8f83",
        options={"Small": 5, "Large": 1}, tracking="product"),
    Row(name="Floor Lamp", sku="LAMP-FLOOR", price="175.00", category=22, brand=LUMEN, on_hand=6, color="#d3a94b"),
    Row(name="Desk Lamp", sku="LAMP-DESK", price="89.00", category=22, brand=LUMEN, on_hand=0, preorder_in=21, color="#d3a94b"),
    Row(name="Pendant Light", sku="LIGHT-PENDANT", price="129.00", category=22, brand=LUMEN, on_hand=9, color="#d3a94b"),
    Row(name="Linen Cushion", sku="CUSHION-LIN", price="36.00", category=22, brand=FJORD, on_hand=30, color="#b0a18f"),
    Row(name="Linen Duvet Cover", sku="DUVET-LIN", price="145.00", category=23, brand=FJORD, option="Size", color="#e2ddd2",
        options={"Twin": 8, "Queen": 0, "King": 3}),
    Row(name="Linen Pillowcase", sku="PILLOW-LIN", price="32.00", category=23, brand=FJORD, on_hand=50, color="#e2ddd2"),
    Row(name="Wool Blanket", sku="BLANKET-WOOL", price="120.00", category=23, brand=FJORD, on_hand=0, color="#7d6b6b", featured=True),
    Row(name="Bedside Table", sku="TABLE-BED", price="195.00", category=23, brand=NORTH, on_hand=5, color="#a07a4f"),
    Row(name="Alarm Clock", sku="CLOCK-ALARM", price="58.00", category=23, brand=LUMEN, on_hand=14, color="#333c44"),
    Row(name="Terracotta Pot", sku="POT-TERRA", price="16.00", category=24, brand=GREEN, on_hand=80, color="#b5673c"),
    Row(name="Watering Can", sku="CAN-WATER", price="42.00", category=24, brand=GREEN, on_hand=0, color="#5f7d5a"),
    Row(name="Garden Bench", sku="BENCH-GARDEN", price="380.00", category=24, brand=NORTH, on_hand=1, color="#7b6a4f"),
    Row(name="Herb Planter", sku="PLANTER-HERB", price="54.00", category=24, brand=GREEN, on_hand=0, preorder_in=10, color="#5f7d5a"),
    Row(name="Pruning Shears", sku="SHEARS-1", price="29.00", category=24, brand=GREEN, on_hand=22, color="#4a4f55"),
    Row(name="Rain Jacket", sku="JACKET-RAIN", price="148.00", category=25, brand=FJORD, option="Size", color="#c79a2b",
        options={"S": 2, "M": 0, "L": 4}),
    Row(name="Wool Socks", sku="SOCKS-WOOL", price="18.00", category=25, brand=FJORD, on_hand=70, color="#6b6f76"),
    Row(name="Canvas Apron", sku="APRON-CANVAS", price="44.00", category=25, brand=OWN, on_hand=0, color="#8b7355"),
    Row(name="Gift Box", sku="BOX-GIFT", price="6.00", category=26, brand=OWN, on_hand=200, color="#c4a484"),
    Row(name="Knitting Pattern (PDF)", sku="PDF-KNIT", price="7.00", category=26, brand=OWN, type="digital", tracking="none",
        color="#9c7aa0"),
    Row(name="Beeswax Matches", sku="MATCHES-1", price="5.00", category=26, brand=OWN, on_hand=120, color="#c98f2b"),
)  # fmt: skip
SMALL = ("MUG-RED", "MUG-BLUE", "MUG-GLAZE", "TEE-HARBOR", "CANDLE-PINE", "TABLE-OAK")


def add_goods(store: Store, *, now: datetime, only: tuple[str, ...] | None) -> None:
    """Ids do not depend on which rows are taken, so product 111 is the Red Mug in every seeded store."""
    store.categories.update({number: Category(id=number, name=name) for number, name in CATEGORIES.items()})
    variant_ids = iter(range(FIRST_VARIANT, FIRST_VARIANT + 500))
    sku_ids = iter(range(FIRST_SKU_ID, FIRST_SKU_ID + 500))
    for number, row in enumerate(ROWS):
        product = product_from(row, product_id=FIRST_PRODUCT + number, now=now)
        product.variants = variants_from(row, product, variant_ids=variant_ids, sku_ids=sku_ids)
        if only is not None and row.sku not in only:
            continue
        store.add_product(product)
        for key, on_hand in counted_stock(row, product).items():
            store.cells[key] = {1: Cell(on_hand=on_hand, warning_level=2)}
    for row in ROWS:
        fill_bundle(store, row)
    store.next_id("product", FIRST_PRODUCT + len(ROWS))
    store.next_id("variant", next(variant_ids))
    store.next_id("sku", next(sku_ids))
    store.next_id("option", 200)


def product_from(row: Row, *, product_id: int, now: datetime) -> Product:
    made_on = now - timedelta(days=200)
    tracking: Tracking = row.tracking or ("variant" if row.options else "none" if row.bundle else "product")
    release = None if row.preorder_in is None else at_midnight(now + timedelta(days=row.preorder_in))
    return Product(
        id=product_id,
        name=row.name,
        sku=row.sku,
        price=Decimal(row.price),
        brand=row.brand,
        brand_id=BRANDS.index(row.brand) + 31,
        categories=[row.category],
        created_at=made_on,
        modified_at=made_on,
        type=row.type,
        description=f"<p>{row.text or 'Made to be used every day, and to last.'}</p>",
        inventory_tracking=tracking,
        availability="preorder" if row.preorder_in is not None else "available",
        availability_description="Usually ships in 24 hours." if row.category == 21 else "",
        preorder_release_date=release,
        preorder_message="Expected release date is %%DATE%%" if release else "",
        is_preorder_only=False,
        is_featured=row.featured,
        inventory_warning_level=2,
        color=row.color,
        options=[option_from(row, product_id)] if row.options else [],
    )


def at_midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def option_from(row: Row, product_id: int) -> Option:
    labels = list(row.options or {})
    values = [OptionValue(id=product_id * 10 + number, label=label) for number, label in enumerate(labels)]
    return Option(id=product_id, display_name=row.option, type="rectangles", values=values)


def variants_from(row: Row, product: Product, *, variant_ids: Iterator[int], sku_ids: Iterator[int]) -> list[Variant]:

    if not product.options:
        return [Variant(id=next(variant_ids), product_id=product.id, sku=row.sku, sku_id=None)]
    option = product.options[0]
    return [
        Variant(
            id=next(variant_ids),
            product_id=product.id,
            sku=f"{row.sku}-{value.label.upper()}",
            sku_id=next(sku_ids),
            choices=[Choice(option=option, value=value)],
        )
        for value in option.values
    ]


def counted_stock(row: Row, product: Product) -> dict[StockKey, int]:
    if not row.options:
        return {(product.id, 0): row.on_hand}
    if product.inventory_tracking == "product":
        return {(product.id, 0): sum(row.options.values())}
    return {
        (product.id, variant.id): units for variant, units in zip(product.variants, row.options.values(), strict=True)
    }


def fill_bundle(store: Store, row: Row) -> None:
    found = store.find_by_sku(row.sku) if row.bundle else None
    if found is None:
        return
    parts = [store.find_by_sku(sku) for sku in row.bundle]
    found[0].bundle = [BundlePart(product_id=part[0].id, variant_id=part[0].variants[0].id) for part in parts if part]
