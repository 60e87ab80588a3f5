/* Backorder on the shop's pages: what every page loads. It finds what the page shows, asks our server once, and knows the
   words and dates; what is done with them on a product's page and in lists comes along, so that nothing is waited for there.
   The pieces for search engines, the cart and the waitlist are fetched only where they have something to do.

   Whatever goes wrong, the page stays as the theme made it. Built into backorder.<digest>.js by build.mjs. */
import { all, base, isHidden, one, page, write } from "./page.js";
import { showCard } from "./lists.js";
import { load, pieces } from "./pieces.js";
import { rememberVariant, showForms } from "./product.js";
import { ask, itemsOf, known } from "./questions.js";
import { forgetOwn, watch } from "./watch.js";
import { sentence, store } from "./words.js";

/* Products' forms, wherever they stand: the page, a quick view, a headless theme. */
const forms = () => all("form").map((form) => [form, one('[name="product_id"],[type="hidden"][name="id"]', form)?.value]);
/* Cards in lists, by what themes put on them, on their buttons or into their links; else by where their picture leads. */
const cards = () => {
  const found = new Map();
  for (const node of all('.card[data-entity-id],[data-product-id],[data-compare-id],a[href*="product_id="],a img')) {
    const { entityId, productId: id, compareId } = node.dataset;
    const card = node.closest(".card,article,li");
    const product = entityId || id || compareId || (node.href && /product_id=(\d+)|$/.exec(node.href)[1]);
    if (card && !one("form", card) && (product || !found.has(card))) found.set(card, product || node.closest("a").pathname);
  }
  return [...found];
};
const places = () => all("[data-backorder][data-product-id]").map((place) => [place, place.dataset.productId]);
const showPlace = ([place, id]) => {
  const { variantId, quantity } = place.dataset;
  const items = itemsOf(id);
  const item = items.find((each) => each.variant_id === (Number(variantId) || null)) || (items.length === 1 && items[0]);
  write(place, item ? sentence(item, Number(quantity) || 1) : "");
};

/* Somebody else may have been quicker: after the shop refused, what it says now counts. */
let refusal;
const refused = () => {
  const before = refusal;
  refusal = all("[data-cart-error],[role=alert]").find((node) => node.textContent.trim() && !isHidden(node))?.textContent;
  return refusal && refusal !== before;
};

const look = () => [cards(), forms(), places()]; // what the page shows, each with its product's id
const isKnown = ([, id]) => known[id];
const idsOf = (found) => found.flat().map(([, id]) => id);
const show = async () => {
  const again = refused();
  const mayBeCart = one("[data-cart],[data-order-id]") || ["/cart", "/order-confirm", "order_id="].some((each) => page.URL.includes(each));
  const cart = mayBeCart && (await load("cart"));
  const found = look();
  await ask([...idsOf(found), ...(cart ? await cart.read(again) : [])], again);
  if (store) {
    const [inLists, inForms, inPlaces] = found;
    inLists.forEach(showCard);
    inPlaces.forEach(showPlace);
    showForms(inForms.filter(isKnown), refusal);
    forgetOwn();
  }
  if (cart) await cart.show();
};

if (base && !window.Backorder) {
  window.Backorder = {
    pieces,
    /* What the server says of a product, or null. */
    get: (id) => ask([id]).then(() => known[id] || null, () => null),
    /* The sentence for so many units of one of its items. */
    say: (item, quantity = 1) => (store ? sentence(item, quantity) : ""),
  };
  page.addEventListener("onProductOptionsChanged", rememberVariant);
  watch(show);
}
