/* Cards in lists: the button's word, and when the item ships, on its picture. */
import { make, one, write } from "./page.js";
import { itemsOf } from "./questions.js";
import { say, sentence } from "./words.js";

const BUTTONS = '[data-button-type="add-cart"],[data-button-type="pre-order"]';
const BADGE = "position:absolute;inset-inline-start:8px;bottom:8px;max-width:calc(100% - 16px);padding:2px 8px;border-radius:1em;background:#fff;color:#222;font-size:.76rem;line-height:1.55";

export const showCard = ([card, id]) => {
  const items = itemsOf(id);
  const [item] = items;
  const picture = one(".card-figure,figure,img", card);
  if (items.length !== 1 || item.variant_id !== null || item.on_hand || !item.later.length || !picture) return;
  const figure = picture.tagName === "IMG" ? picture.parentNode : picture;
  const button = one(BUTTONS, card);
  if (button) write(button, say(`button_${item.label}`));
  write(one(".backorder-badge", figure) || pin(figure), sentence(item, 1));
};
const pin = (figure) => {
  figure.style.position = "relative";
  if (figure.tagName === "A") figure.style.display = "block";
  return Object.assign(make("span", "backorder-badge", figure), { style: BADGE });
};
