/* Backorder on the shop's pages: dates on products, in lists, in the cart and on orders, and the way to the waitlist.

   It asks our server once per page, fills texts the theme shows already, and adds one only where there is none. Whatever
   goes wrong, the page stays as the theme made it. Built into backorder.<digest>.js by build.mjs beside this file. */
/* global CART_FILE, CART_INTEGRITY, WAITLIST_FILE, WAITLIST_INTEGRITY: the other pieces, put in by the build. */
(() => {
  "use strict";
  const page = document;
  const script = page.currentScript || page.querySelector('script[src*="/backorder."]');
  if (window.Backorder || !script || !window.AbortController) return;
  const base = script.src.replace(/[^/]*$/, "");

  const SLOW = 3000; // the shop does not wait for us longer than this
  const FEW = 3; // so few left are worth saying
  const known = {}; // product id: what the server says of it, or null
  const views = new Map(); // form: what we know of it and did to it
  const texts = {}; // windows of days in words, by their first and last day
  let store;
  let refusal = "";
  let cart; // the piece that knows carts and orders, once it is here

  const all = (selector, scope = page) => [...scope.querySelectorAll(selector)];
  const one = (selector, scope = page) => scope.querySelector(selector);
  const quietly = (work) => Promise.resolve().then(work).catch(() => {});
  const write = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  let sheet; // our rules come with our first element: where the theme has places of its own, none are needed
  const make = (tag, className, parent, text) => {
    const node = page.createElement(tag);
    node.className = className;
    if (className) sheet = sheet || style(STYLE);
    if (text) node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };

  /* Words and dates, as the server writes them in the page's language. */
  const say = (name, gaps, count) => {
    const words = store.words[name];
    return (Array.isArray(words) ? words[count === 1 ? 0 : 1] : words).replace(/{(\w+)}/g, (_, gap) => gaps[gap]);
  };
  const dates = (part) => part.window || texts[`${part.earliest}/${part.latest}`];

  /* So many units of an item: how many ship now, and the others by window. */
  const split = (item, quantity, used = 0) => {
    const parts = [];
    let before = used - item.on_hand;
    const now = Math.max(0, Math.min(quantity, -before));
    let wanted = quantity - now;
    before = Math.max(0, before);
    for (const part of item.later) {
      const free = part.units === null ? wanted : Math.max(0, part.units - before);
      const units = Math.min(wanted, free);
      before = Math.max(0, before - (part.units || 0));
      wanted -= units;
      const last = parts[parts.length - 1];
      if (units && last && last.earliest === part.earliest && last.latest === part.latest) last.units += units;
      else if (units) parts.push({ ...part, units });
    }
    return { now, parts };
  };
  const saidOf = (part) =>
    part.earliest ? say("part", { count: part.units, window: dates(part) }, part.units) : say("part_unknown", { count: part.units }, part.units);
  const sentence = (item, quantity) => {
    const { now, parts } = split(item, quantity);
    const [part] = parts;
    if (!part) return inStock(item);
    if (parts.length > 1) return [...(now ? [say("now", { count: now })] : []), ...parts.map(saidOf)].join(", ");
    const window = part.earliest && dates(part);
    if (now) return say(window ? "mixed" : "mixed_unknown", { now, window, count: part.units }, part.units);
    const own = item.message;
    if (own && (window || !own.includes("{date}"))) return own.replace("{date}", window);
    if (item.state !== "preorder") return window ? say("ships", { window }) : say("unknown");
    if (!window) return say("preorder_unknown");
    return part.earliest === part.latest ? say("preorder_day", { day: window }) : say("preorder", { window });
  };
  const inStock = (item) => {
    const [part] = item.later;
    if (!part) return "";
    return part.earliest ? say("in_stock", { window: dates(part) }) : say("in_stock_unknown");
  };
  const most = (item) => (item.available_for_backorder === null ? Infinity : item.on_hand + item.available_for_backorder);

  /* One question for all products of the page that we have not asked about yet. */
  const ask = async (ids, cache = "default") => {
    const wanted = [...new Set(ids.map(Number))].filter((id) => id > 0 && (cache !== "default" || !(id in known))).sort((a, b) => a - b);
    for (let start = 0; start < wanted.length; start += 50) {
      const some = wanted.slice(start, start + 50);
      some.forEach((id) => { known[id] = known[id] || null; });
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(), SLOW);
      try {
        const address = `${base}offers.json?ids=${some}&lang=${encodeURIComponent(page.documentElement.lang)}`;
        const answer = await (await fetch(address, { credentials: "omit", cache, signal: abort.signal })).json();
        if (!answer.store.words.ships) return;
        some.forEach((id) => { known[id] = answer.offers[id] || null; });
        Object.assign(texts, answer.dates);
        store = answer.store;
      } finally {
        clearTimeout(timer);
      }
    }
  };

  /* A product's form, wherever it stands: the page, a quick view, a headless theme. */
  const productId = (form) => {
    const field = one('input[name="product_id"],input[type="hidden"][name="id"]', form);
    return field && Number(field.value);
  };
  const forms = () => all("form").filter(productId);
  const cards = () => all(".card[data-entity-id]");
  const places = () => all("[data-backorder][data-product-id]");

  const chosen = (form, view) => {
    const { items } = known[productId(form)] || { items: [] };
    if (items.length && items[0].variant_id === null) return items[0];
    const labels = all("select,input:checked", form).map((field) => {
      if (field.selectedOptions) return field.value && field.selectedOptions[0].text;
      const label = field.labels && field.labels[0];
      return label && (label.textContent.trim() || (one("[title]", label) || label).title);
    }).filter(Boolean).map((label) => label.trim());
    const sku = one("[data-product-sku]", view.root);
    return items.find((item) => labels.length && item.options.split(", ").every((value) => labels.some((label) => label === value || label.startsWith(`${value} (`))))
      || items.find((item) => !labels.length && sku && item.sku && sku.textContent.trim() === item.sku)
      || items.find((item) => item.variant_id === view.variant);
  };

  const viewOf = (form) => {
    if (!views.has(form)) {
      const root = form.closest(".productView") || form.parentNode;
      views.set(form, { root, slots: new Map() });
    }
    return views.get(form);
  };

  /* Where the theme prints our text already: each such text node, with what it said. */
  const findSlots = (view, texts) => {
    for (const node of view.slots.keys()) if (!node.isConnected) view.slots.delete(node);
    if (!texts.length) return;
    const walk = page.createTreeWalker(view.root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (!view.slots.has(node) && texts.includes(node.data.trim())) {
        view.slots.set(node, node.data);
        node.parentNode.setAttribute("aria-live", "polite");
      }
    }
  };

  const tell = (form, view, item, quantity) => {
    const text = item ? sentence(item, quantity) : "";
    findSlots(view, (known[productId(form)] || {}).texts || []);
    const native = one("[data-qty-backordered-message]", view.root);
    const isShown = native && native.offsetHeight; // asked before anything is written: the page is laid out once
    for (const [node, before] of view.slots) {
      const now = text || (item && !most(item) ? "" : before); // a page that is older than the last sale names no date
      if (node.data === now) continue;
      const box = node.parentNode;
      box.style.minHeight = box.style.minHeight || `${box.offsetHeight}px`; // a shorter text moves nothing
      node.data = now;
    }
    let found = view.slots.size;
    if (isShown && text) {
      const { parts } = split(item, quantity);
      view.said = (found && parts.map(saidOf).join(", ")) || text; // not the same sentence twice
      write(native, view.said);
      found += 1;
    } else if (native && native.textContent === view.said) write(native, "");
    if (item && most(item) > 0) {
      all(".alertBox:not([data-cart-error]) .alertBox-message", view.root).forEach((node) => {
        const box = node.parentNode;
        if (!text || box.style.display === "none" || (view.button && !view.button.disabled && !box.dataset.backorder)) return;
        box.dataset.backorder = "";
        box.classList.replace("alertBox--error", "alertBox--info");
        write(node, text);
        found += 1;
      });
    }
    if (!found && text && !view.own) {
      const place = one(".form-field--stock:not(.u-hiddenVisually)", view.root);
      view.own = make("p", "backorder-text");
      view.own.setAttribute("role", "status");
      const own = store.place && one(store.place, view.root);
      if (own) own.after(view.own);
      else if (place) place.append(view.own);
      else form.insertBefore(view.own, view.button ? view.button.closest("form > *") : null);
    }
    if (view.own) write(view.own, found ? "" : text);
  };

  const labelOf = (button) => (button.tagName === "INPUT" ? button.value : button.textContent);
  const setLabel = (view, label) => {
    const { button } = view;
    const now = labelOf(button);
    if (now !== view.set) view.label = now;
    view.set = label || view.label;
    if (now === view.set) return;
    if (button.tagName === "INPUT") button.value = view.set;
    else button.textContent = view.set;
  };

  const dress = (form, view, item, quantity, field, wanted) => {
    const { button } = view;
    const sells = item && most(item) > 0;
    const isOff = !button || button.disabled || view.asks || refusal;
    const invites = item && !sells && store.waitlist !== "off" && (isOff || item.state === "closed");
    view.item = item;
    if (button) {
      const later = sells && !split(item, quantity).now && split(item, quantity).parts.length;
      setLabel(view, later ? say(`button_${item.label}`) : invites && isOff ? say("tell_me") : "");
      if (sells || (invites && isOff)) {
        if (button.disabled) view.opened = true;
        button.disabled = false;
      } else if (view.asks) button.disabled = true;
    }
    view.asks = Boolean(invites && isOff && button);
    if (sells && view.opened && field) field.disabled = false;
    all("[data-add-to-cart-wallet-buttons]", form).forEach((node) => {
      if (view.asks) node.style.display = "none";
      else if (sells && view.opened && form.checkValidity()) node.style.display = "";
    });
    const wish = (store.waitlist === "always" && sells && item.state !== "in_stock") || (invites && !view.asks);
    if (wish && !view.link) {
      view.link = make("button", "backorder-link", form.lastElementChild, say("tell_me"));
      view.link.type = "button";
    }
    if (view.link) view.link.hidden = !wish;
    if (field && button) limit(view, field, sells ? item : null, wanted);
  };

  const limit = (view, field, item, quantity) => {
    if (view.most === undefined) view.most = Number(field.dataset.quantityMax) || 0;
    const top = Math.min(item ? most(item) : Infinity, view.most || Infinity);
    const shown = String(top === Infinity ? 0 : top);
    if ("quantityMax" in field.dataset && field.dataset.quantityMax !== shown) field.dataset.quantityMax = shown;
    if (quantity > top) field.value = top;
    const text = item && top !== Infinity && (quantity >= top || top <= FEW) ? say(item.on_hand ? "most" : "left", { count: top }, top) : "";
    if (text && !(view.hint && view.hint.isConnected)) {
      view.hint = make("span", "backorder-hint");
      view.hint.setAttribute("role", "status");
      (field.closest("[data-quantity-change],label") || field).after(view.hint);
    }
    if (view.hint) write(view.hint, text);
  };

  const showProduct = (form) => {
    const view = viewOf(form);
    view.button = one("#form-action-addToCart", form) || one('[type="submit"],button:not([type])', form);
    const item = chosen(form, view);
    const field = one('[name="qty[]"],[name="qty"],[name="quantity"]', form);
    const wanted = Math.max(1, Number.parseInt(field && field.value, 10) || 1);
    const quantity = item && most(item) ? Math.min(wanted, most(item)) : wanted;
    tell(form, view, item, quantity);
    dress(form, view, item, quantity, field, wanted);
    if (item && store.structured_data && form === forms()[0] && !form.closest(".modal")) describe(item);
  };

  /* For search engines, on the product's own page: what they read about its offer. */
  const STATES = { in_stock: "InStock", backorder: "BackOrder", preorder: "PreOrder" };
  const describe = (item) => all('script[type="application/ld+json"]').forEach((node) => quietly(() => {
    const thing = JSON.parse(node.textContent);
    for (const { offers } of [thing, ...(thing["@graph"] || [])]) {
      for (const offer of offers ? [offers].flat() : []) {
        offer.availability = `https://schema.org/${STATES[item.state] || "OutOfStock"}`;
        offer.availabilityStarts = item.on_hand || !item.later[0] ? undefined : item.later[0].earliest || undefined;
      }
    }
    write(node, JSON.stringify(thing));
  }));

  const showCard = (card) => {
    const { items } = known[card.dataset.entityId] || { items: [] };
    const [item] = items;
    const figure = one(".card-figure,figure", card);
    if (items.length !== 1 || item.variant_id !== null || item.on_hand || !item.later.length || !figure) return;
    const button = one('[data-button-type="add-cart"],[data-button-type="pre-order"]', card);
    if (button) write(button, say(`button_${item.label}`));
    write(one(".backorder-badge", figure) || make("span", "backorder-badge", figure), sentence(item, 1));
  };

  const showPlace = (place) => {
    const { items } = known[place.dataset.productId] || { items: [] };
    const variant = Number(place.dataset.variantId) || null;
    const item = items.find((each) => each.variant_id === variant) || (items.length === 1 && items[0]);
    write(place, item ? sentence(item, Number(place.dataset.quantity) || 1) : "");
  };

  /* What few pages need is fetched when it is needed, from beside this script and with its own digest. */
  const pieces = {};
  const piece = (name, file, integrity) => {
    pieces[name] = pieces[name] || new Promise((done, fail) => {
      const node = make("script", "", null);
      Object.assign(node, { src: base + file, integrity, crossOrigin: "anonymous", onerror: fail });
      node.onload = () => done({ [name]: tools.pieces[name](tools) });
      page.head.append(node);
    });
    return pieces[name];
  };
  const onClick = (event) => {
    for (const [form, view] of views) {
      const asks = view.asks && view.button && (event.type === "submit" ? event.target === form : view.button.contains(event.target));
      if (asks || (view.link && event.target === view.link)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        const { item } = view;
        if (event.type === "click") quietly(() => piece("waitlist", WAITLIST_FILE, WAITLIST_INTEGRITY).then(({ waitlist }) => waitlist.open(productId(form), item)));
        return;
      }
    }
  };

  /* Somebody else may have been quicker: after the shop refused, what it says now counts. */
  const refused = () => {
    const box = all("[data-cart-error],[role=alert]").find((node) => node.textContent.trim() && node.offsetHeight);
    const text = box ? box.textContent : "";
    const isNew = text && text !== refusal;
    refusal = text;
    return isNew;
  };

  const products = () => [...forms().map(productId), ...cards().map((card) => card.dataset.entityId), ...places().map((place) => place.dataset.productId)];
  const show = async () => {
    const ids = products();
    const again = refused();
    const { pathname, search } = window.location;
    if (one("[data-cart],[data-order-id]") || /\/cart(\.php)?\/?$|\/order-confirm/.test(pathname) || search.includes("order_id=")) {
      cart = cart || (await piece("cart", CART_FILE, CART_INTEGRITY)).cart;
      ids.push(...(await cart.read(again)));
    }
    await ask(ids, again ? "no-cache" : "default");
    if (store) {
      forms().forEach(showProduct);
      cards().forEach(showCard);
      places().forEach(showPlace);
      observer.takeRecords(); // what we wrote ourselves is no news, but what came while we asked is
      if (products().some((id) => id > 0 && !(id in known))) soon();
    }
    if (cart) await cart.show();
  };

  /* One run at a time; what happens meanwhile asks for one more. */
  let running = false;
  let timer = 0;
  const soon = (wait = 60) => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (running) { soon(); return; }
      running = true;
      await quietly(show);
      running = false;
    }, wait);
  };
  const style = (rules) => {
    const added = new CSSStyleSheet();
    added.replaceSync(rules);
    page.adoptedStyleSheets = [...page.adoptedStyleSheets, added];
    return added;
  };
  const observer = new MutationObserver(() => soon());
  const start = () => {
    observer.observe(page.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["disabled", "style", "data-product-id", "data-variant-id", "data-quantity"] });
    ["change", "input", "onProductUpdate"].forEach((name) => page.addEventListener(name, () => soon(0)));
    page.addEventListener("onProductOptionsChanged", ({ detail }) => {
      const { data = {}, content = {} } = detail || {};
      const told = "purchasable" in data ? data : content;
      for (const view of views.values()) view.variant = told.v3_variant_id || told.variantId;
      soon(0);
    });
    ["click", "submit"].forEach((name) => page.addEventListener(name, onClick, true));
    soon(0);
  };
  const STYLE = `.backorder-text{margin:.3em 0 0;font-size:.92em}
.backorder-hint{position:absolute;max-width:10em;padding-top:.2em;padding-inline-start:.8em;font-size:.85em;line-height:1.3}
.backorder-badge{position:absolute;inset-inline-start:8px;bottom:8px;max-width:calc(100% - 16px);padding:2px 8px;border-radius:1em;background:#fff;color:#222;font-size:.76rem}
figure:has(>.backorder-badge){position:relative}
.backorder-link{border:0;padding:0 .5em;background:none;color:inherit;font:inherit;text-decoration:underline;cursor:pointer}`;

  const tools = { all, one, make, write, say, dates, split, saidOf, ask, known, quietly, base, style, pieces: {}, words: (words) => (store = store || words) };
  window.Backorder = {
    pieces: tools.pieces,
    /* What the server says of a product, or null. */
    get: (id) => ask([id]).then(() => known[id] || null, () => null),
    /* The sentence for so many units of one of its items. */
    say: (item, quantity = 1) => (store ? sentence(item, quantity) : ""),
  };
  if (page.readyState === "loading") page.addEventListener("DOMContentLoaded", () => quietly(start));
  else quietly(start);
})();
