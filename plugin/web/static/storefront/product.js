/* The form a product is bought with: the sentence, the button, the quantity. */
import { all, isHidden, make, one, page, write } from "./page.js";
import { load } from "./pieces.js";
import { known } from "./questions.js";
import { soon } from "./watch.js";
import { listed, most, say, saidOf, sentence, split, store } from "./words.js";

const FEW = 3; // so few left are worth saying
const TEXTS = 4; // NodeFilter.SHOW_TEXT
const views = new Map(); // form: what we know of it and did to it
/* How our own elements look, told one by one: a style sheet costs the page more than it brings. */
const LINE = "margin:.3em 0 0;font-size:.92em";
const LINK = "border:0;background:none;color:inherit;font:inherit;text-decoration:underline;cursor:pointer";
const HINT = "position:absolute;max-width:11em;padding:.2em .8em;font-size:.85em;font-weight:400;line-height:1.3";
const chosen = (form, items, view) => {
  if (items[0]?.variant_id === null) return items[0];
  const labels = all("option:checked,input:checked", form).map((field) => {
    if (field.text) return field.value && field.text.trim();
    const [label] = field.labels;
    return label && (label.textContent.trim() || (one("[title]", label) || label).title);
  }).filter(Boolean);
  const sku = one("[data-product-sku]", view.root);
  const isChosen = (value) => labels.some((label) => `${label} (`.startsWith(`${value} (`)); // themes add "(sold out)"
  return items.find((item) => labels[0] && item.options.split(", ").every(isChosen))
    || items.find((item) => !labels[0] && item.sku && sku?.textContent.trim() === item.sku)
    || items.find((item) => item.variant_id === view.variant);
};

/* Where the theme prints our text already: each such text node, with what it said. A pre-order has two texts; where its
   message stands, the availability says the day and is left alone. */
const findSlots = ({ root, slots }, said) => {
  for (const node of slots.keys()) if (!node.isConnected) slots.delete(node);
  if (slots.size || !said[0]) return;
  const walker = page.createTreeWalker(root, TEXTS);
  const shortest = Math.min(...said.map((text) => text.length)); // most text nodes of a page are blanks
  const places = said.map(() => []);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.length >= shortest) places[said.indexOf(node.data.trim())]?.push(node);
  }
  places.find(([node]) => node)?.forEach((node) => {
    slots.set(node, node.data);
    node.parentNode.ariaLive = "polite";
  });
};

const fillSlots = ({ slots }, item, text) => {
  for (const [node, before] of slots) {
    const now = text || (item && !most(item) ? "" : before); // a page that is older than the last sale names no date
    if (node.data === now) continue;
    const box = node.parentNode;
    box.style.minHeight ||= `${box.offsetHeight}px`; // a shorter text moves nothing
    node.data = now;
  }
  return slots.size;
};

/* The theme's own note on backorders says the short form where the whole sentence stands already. */
const fillNative = (view, item, quantity, text, isSaid) => {
  const native = one("[data-qty-backordered-message]", view.root);
  if (native && text && !isHidden(native)) {
    view.said = (isSaid && listed(split(item, quantity).parts.map(saidOf))) || text;
    write(native, view.said);
    return 1;
  }
  if (native && native.textContent === view.said) write(native, "");
  return 0;
};

/* "Sold out" of an older theme, although the shop sells. */
const fillAlerts = ({ root, button }, text) => {
  const boxes = all(".alertBox:not([data-cart-error]) .alertBox-message", root).filter((node) => {
    const box = node.parentNode;
    return !isHidden(box) && (!button || button.disabled || "backorder" in box.dataset);
  });
  boxes.forEach((node) => {
    node.parentNode.dataset.backorder = "";
    node.parentNode.classList.replace("alertBox--error", "alertBox--info");
    write(node, text);
  });
  return boxes.length;
};

const addLine = (form, { root, button }) => {
  const line = Object.assign(make("p", "backorder-text"), { role: "status" });
  const own = store.place && one(store.place, root);
  const stock = one(".form-field--stock:not(.u-hiddenVisually)", root);
  if (own) own.after(line);
  else if (stock) stock.append(line);
  else form.insertBefore(line, button && button.closest("form > *"));
  return line;
};
/* In the room above what follows, where it is enough: then nothing moves. Else in the flow, as anything else. */
const fit = (line) => {
  const box = line.parentNode;
  const next = line.nextElementSibling || box.nextElementSibling;
  line.style = `${LINE};position:absolute;max-width:${box.clientWidth}px`;
  if (!(next?.getBoundingClientRect().top >= line.getBoundingClientRect().bottom)) line.style = LINE;
};

const tell = (form, view, item, quantity) => {
  const text = item ? sentence(item, quantity) : "";
  findSlots(view, view.offer.texts);
  let found = fillSlots(view, item, text);
  found += fillNative(view, item, quantity, text, found);
  if (text && most(item)) found += fillAlerts(view, text);
  if (!found && text) view.line ||= addLine(form, view);
  if (!view.line || view.line.textContent === (found ? "" : text)) return;
  write(view.line, found ? "" : text);
  fit(view.line);
};

const setLabel = (view, label) => {
  const { button } = view;
  const key = button.tagName === "INPUT" ? "value" : "textContent";
  if (button[key] !== view.set) view.label = button[key];
  view.set = label || view.label;
  if (button[key] !== view.set) button[key] = view.set;
};

/* Where an item cannot be bought, or beside the button if the merchant wants both: the theme's closed button becomes ours;
   where the theme left it open, a link stands beside it. Answers the button's words. */
const invite = (form, view, item, sells, refusal) => {
  const { button } = view;
  const where = store.waitlist;
  const isInvited = item && (sells ? where === "always" && item.state !== "in_stock" : where !== "off");
  const isOff = !button || button.disabled || view.asks || refusal;
  const asks = isInvited && !sells && isOff && button;
  if (asks) wallets(form, "none");
  if (button && !sells && (asks || view.asks)) button.disabled = !asks;
  view.asks = asks;
  view.item = item;
  const isBeside = isInvited && !asks && (sells || isOff || item.state === "closed");
  if (isBeside && !view.link) {
    const last = form.lastElementChild; // where that is the button itself, beside it
    const place = last.matches("button,input") ? form : last;
    view.link = Object.assign(make("button", "backorder-link", place, say("tell_me")), { type: "button", style: LINK });
  }
  if (view.link) view.link.hidden = !isBeside;
  return asks && say("tell_me");
};
const wallets = (form, display) => all("[data-add-to-cart-wallet-buttons]", form).forEach(({ style }) => { style.display = display; });

/* The button says what happens; where the theme closed it although the shop sells, it is opened. */
const dress = (form, view, item, quantity, refusal) => {
  const { button } = view;
  const sells = item && most(item);
  const asks = invite(form, view, item, sells, refusal);
  if (!button) return;
  const { now, parts } = sells ? split(item, quantity) : { parts: [] };
  setLabel(view, asks || (parts[0] && !now && say(`button_${item.label}`)));
  if (!sells) return;
  view.opened ||= button.disabled;
  button.disabled = false;
  if (!view.opened) return;
  if (view.field) view.field.disabled = false;
  if (form.checkValidity()) wallets(form, "");
};

const limit = (view, item, quantity) => {
  const { field } = view;
  const { quantityMax } = field.dataset;
  view.most ??= Number(quantityMax) || Infinity;
  const top = Math.min(item ? most(item) : Infinity, view.most);
  if (quantityMax) field.dataset.quantityMax = top === Infinity ? 0 : top;
  if (quantity > top) field.value = top;
  const text = item && (quantity >= top || top <= FEW) ? say(item.on_hand ? "most" : "left", { count: top }, top) : "";
  if (text && !view.hint?.isConnected) {
    view.hint = Object.assign(make("span", "backorder-hint"), { role: "status", style: HINT });
    (field.closest("[data-quantity-change]") || field).after(view.hint);
  }
  if (view.hint) write(view.hint, text);
};

const show = ([form, id], refusal) => {
  let view = views.get(form);
  if (!view) {
    view = { root: form.closest(".productView") || form.parentNode, slots: new Map() };
    views.set(form, view);
    form.addEventListener("click", (event) => {
      if (!(view.asks && view.asks.contains(event.target)) && event.target !== view.link) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const failed = () => setLabel(event.target === view.link ? { button: view.link } : view, say("failed"));
      load("waitlist").then(({ invite: open }) => open(view.id, view.item)).catch(failed); // its form comes when it is wanted
    }, true);
  }
  view.button = one("#form-action-addToCart", form) || one('[type="submit"],button:not([type])', form);
  view.field = one('[name="qty[]"],[name="qty"],[name="quantity"]', form);
  view.id = id;
  view.offer = known[id];
  const item = chosen(form, view.offer.items, view);
  const wanted = Math.max(1, Number(view.field?.value) || 1);
  const quantity = Math.min(wanted, (item && most(item)) || wanted);
  tell(form, view, item, quantity);
  dress(form, view, item, quantity, refusal);
  if (view.field && view.button) limit(view, item && most(item) ? item : null, wanted);
  return item;
};

/* Themes say which variant was chosen; the older ones have the names the other way round. */
export const rememberVariant = ({ detail }) => {
  const { v3_variant_id: id, variantId } = { ...detail?.data, ...detail?.content };
  for (const view of views.values()) view.variant = id || variantId;
  soon(0);
};
export const showForms = (forms, refusal) => {
  const [item] = forms.map((form) => show(form, refusal));
  if (item && store.structured_data && !forms[0][0].closest(".modal,dialog")) load("search").then(({ describe }) => describe(item));
};
