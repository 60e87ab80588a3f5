"""Product pictures drawn on the spot: a tinted tile with a simple shape that fits the name. No files, no network."""

import re

SHAPES = {
    "cup": '<path d="M120 150h130v90a50 50 0 0 1-50 50h-30a50 50 0 0 1-50-50z"/><path d="M250 170h22a32 32 0 0 1 0 64h-22" fill="none" stroke-width="16"/>',
    "lamp": '<path d="M150 90h100l44 104H106z"/><path d="M192 194h16v96h-16z"/><rect x="150" y="288" width="100" height="18" rx="9"/>',
    "chair": '<path d="M136 80h20v110h88V80h20v130H136z"/><path d="M130 214h140v22H130z"/><path d="M138 236h16v84h-16zM246 236h16v84h-16z"/>',
    "table": '<rect x="80" y="150" width="240" height="22" rx="6"/><path d="M100 172h18l-10 128H92zM282 172h18l8 128h-16z"/>',
    "bag": '<path d="M110 160h180l18 150H92z"/><path d="M156 160v-20a44 44 0 0 1 88 0v20" fill="none" stroke-width="14"/>',
    "shirt": '<path d="M150 90l-70 40 24 58 34-14v136h124V174l34 14 24-58-70-40a52 40 0 0 1-100 0z"/>',
    "book": '<path d="M112 96h82q6 0 6 8v200q-4-8-12-8h-76zM288 96h-82q-6 0-6 8v200q4-8 12-8h76z"/>',
    "bottle": '<path d="M180 80h40v52l22 34v146a10 10 0 0 1-10 10h-64a10 10 0 0 1-10-10V166l22-34z"/>',
    "plant": '<path d="M150 230h100l-14 90h-72z"/><path d="M200 226c-8-60-60-80-96-70 4 44 44 72 96 70zm0-6c0-70 40-116 92-120 8 60-30 112-92 120z"/>',
    "blanket": '<path d="M96 120h208v150H96z"/><path d="M96 286h208M96 304h208" fill="none" stroke-width="8" stroke-dasharray="6 10"/><path d="M96 170h208M96 220h208" class="light" fill="none" stroke-width="10"/>',
    "box": '<path d="M200 86l110 52v118l-110 58-110-58V138z"/><path d="M90 138l110 54 110-54M200 192v122" class="light" fill="none" stroke-width="8"/>',
    "clock": '<circle cx="200" cy="200" r="110"/><path d="M200 136v68l44 30" class="light" fill="none" stroke-width="14"/>',
    "shoe": '<path d="M100 170l56 10q34 50 96 60 56 8 56 44v12H92V196z"/>',
    "knife": '<path d="M90 236L286 96q30 40-34 92l-130 66z"/><rect x="66" y="240" width="76" height="26" rx="12" transform="rotate(-35 100 250)"/>',
    "pan": '<ellipse cx="170" cy="216" rx="96" ry="74"/><ellipse cx="170" cy="212" rx="70" ry="52" class="light"/><rect x="256" y="190" width="106" height="22" rx="11" transform="rotate(-12 256 200)"/>',
    "bowl": '<path d="M80 170h240c0 70-44 118-84 118h-72c-40 0-84-48-84-118z"/><rect x="150" y="286" width="100" height="16" rx="8"/>',
    "plate": '<circle cx="200" cy="200" r="120"/><circle cx="200" cy="200" r="82" class="light" stroke-width="8"/>',
    "sofa": '<path d="M70 190a24 24 0 0 1 48 0v40h164v-40a24 24 0 0 1 48 0v90H70z"/><path d="M116 130h168a20 20 0 0 1 20 20v14a40 40 0 0 0-38 34v16H134v-16a40 40 0 0 0-38-34v-14a20 20 0 0 1 20-20z"/><path d="M90 280h20v22H90zM290 280h20v22h-20z"/>',
    "candle": '<path d="M150 170h100v146H150z"/><path d="M200 84c24 28 24 44 0 66-24-22-24-38 0-66z"/>',
    "card": '<rect x="84" y="126" width="232" height="148" rx="14"/><path d="M84 172h232" class="light" fill="none" stroke-width="18"/>',
}
WORDS = {
    "cup": "mug cup teacup tumbler espresso teapot kettle coffee tea pot carafe pitcher jug",
    "lamp": "lamp light lantern pendant",
    "chair": "chair stool bench armchair rocker",
    "table": "table desk shelf sideboard bookcase cabinet dresser bed nightstand",
    "bag": "bag tote canvas backpack rucksack satchel basket duffel pouch wallet apron",
    "shirt": "shirt sweater jacket coat hoodie vest tee jumper cardigan dress fleece parka raincoat",
    "book": "book notebook journal diary guide ebook pattern calendar print poster map",
    "bottle": "mill can bottle flask thermos oil syrup vinegar soap shampoo honey jam wine",
    "plant": "plant pot planter fern herb seed seeds garden wreath",
    "blanket": "cover pillowcase blanket throw towel rug linen quilt scarf pillow cushion duvet napkin cloth mat",
    "clock": "clock watch timer barometer thermometer radio speaker compass",
    "shoe": "shoe shoes boot boots sneaker sandal slipper slippers sock socks",
    "knife": "knife shears servers axe hatchet saw tool chisel scissors peeler",
    "pan": "pan skillet wok tray board oven",
    "bowl": "bowl basin",
    "plate": "plate dish saucer set",
    "sofa": "sofa couch",
    "candle": "candle incense matches",
    "card": "card gift voucher certificate",
}
SHAPE_OF = {word: shape for shape, words in WORDS.items() for word in words.split()}


def shape_for(name: str) -> str:
    """The last telling word of a name decides: in "Coffee Table" it is the table."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((SHAPE_OF[word] for word in reversed(words) if word in SHAPE_OF), "box")


def picture(name: str, color: str) -> str:
    """An SVG of 400 by 400. `color` must be a hex color; anything else becomes brown."""
    ink = color if re.fullmatch(r"#[0-9a-fA-F]{6}", color) else "#8a6d4b"
    tint = _mixed(ink, "#fbfaf6", 0.83)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">'
        f"<style>.light{{stroke:{tint};fill:none}}ellipse.light{{fill:{tint};fill-opacity:.45}}</style>"
        f'<rect width="400" height="400" fill="{tint}"/>'
        f'<ellipse cx="200" cy="332" rx="120" ry="13" fill="{ink}" fill-opacity=".16"/>'
        f'<g fill="{ink}" stroke="{ink}" stroke-width="0" stroke-linejoin="round" stroke-linecap="round">'
        f"{SHAPES[shape_for(name)]}</g></svg>"
    )


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with that share of `other` in it."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
