/* Backorder on the shop's pages: what every page loads. It finds what the page shows, asks our server once, and knows the
   words and dates; what is done with them is in the pieces beside this file, each fetched only where it has something to do.

   Whatever goes wrong, the page stays as the theme made it. Built into backorder.<digest>.js by build.mjs. */
/* global PIECES: the other pieces by name, each with the digests of its file and content, put in by the build. */
(() => {
  const page = document;
  const script = page.currentScript || page.querySelector('script[src*="/backorder."]');
  if (window.Backorder || !script || !AbortSignal.timeout) return;
  const base = script.src.replace(/[^/]*$/, "");

  const SLOW = 3000; // the shop does not wait for us longer than this
  const known = {}; // product id: what the server says of it, or null
  const texts = {}; // windows of days in words, by their first and last day
  let store;
  let refusal;

  const all = (selector, scope = page) => [...scope.querySelectorAll(selector)];
  const one = (selector, scope = page) => scope.querySelector(selector);
  const quietly = (work) => Promise.resolve().then(work).catch(() => {});
  const write = (node, text) => {
    if (node.textContent !== text) node.textContent = text;
  };
  /* Asked of the styles that themes write, not of the layout: that would have to be made first. */
  const isHidden = (node) => node.closest('[hidden],[style*="display: none"],[style*="display:none"]');

  /* Words and dates, as the server writes them in the page's language. */
  const say = (name, gaps, count) => {
    const words = store.words[name];
    return (Array.isArray(words) ? words[count === 1 ? 0 : 1] : words).replace(/{(\w+)}/g, (_, gap) => gaps[gap]);
  };
  const dates = (part) => part.window || texts[`${part.earliest}/${part.latest}`];
  const phrase = (name, part, now) => {
    const window = dates(part);
    return say(window ? name : `${name}_unknown`, { now, window, count: part.units }, part.units);
  };
  const saidOf = (part) => phrase("part", part);

  /* So many units of an item: how many ship now, and the others by window. */
  const split = (item, quantity, used = 0) => {
    const parts = [];
    let before = used - item.on_hand;
    const now = Math.max(0, Math.min(quantity, -before));
    let wanted = quantity - now;
    let last = {};
    before = Math.max(0, before);
    for (const part of item.later) {
      const units = Math.min(wanted, part.units === null ? wanted : Math.max(0, part.units - before));
      before = Math.max(0, before - part.units);
      wanted -= units;
      if (!units) continue;
      if (last.earliest === part.earliest && last.latest === part.latest) last.units += units;
      else parts.push((last = { ...part, units }));
    }
    return { now, parts };
  };
  const sentence = (item, quantity) => {
    const { now, parts } = split(item, quantity);
    const [part] = parts;
    if (!part) return item.later[0] ? phrase("in_stock", item.later[0]) : "";
    if (parts[1]) return [...(now ? [say("now", { count: now })] : []), ...parts.map(saidOf)].join(", ");
    if (now) return phrase("mixed", part, now);
    const { message } = item;
    const window = dates(part);
    if (message && (window || !message.includes("{date}"))) return message.replace("{date}", window);
    if (item.state !== "preorder") return say(window ? "ships" : "unknown", { window });
    return window && part.earliest === part.latest ? say("preorder_day", { day: window }) : phrase("preorder", part);
  };
  const most = (item) => (item.available_for_backorder === null ? Infinity : item.on_hand + item.available_for_backorder);
  const itemsOf = (id) => known[id]?.items || [];

  /* One question for all products of the page that we have not asked about yet. */
  const ask = async (ids, cache = "default") => {
    const wanted = [...new Set(ids.map(Number))].filter((id) => id > 0 && (cache !== "default" || !(id in known))).sort((a, b) => a - b);
    while (wanted.length) {
      const some = wanted.splice(0, 50);
      some.forEach((id) => { known[id] ||= null; });
      const address = `${base}offers.json?ids=${some}&lang=${page.documentElement.lang}`;
      const answer = await (await fetch(address, { credentials: "omit", cache, signal: AbortSignal.timeout(SLOW) })).json();
      if (!answer.store.words.ships) return;
      Object.assign(known, answer.offers);
      Object.assign(texts, answer.dates);
      store = answer.store;
    }
  };

  /* A product's form, wherever it stands: the page, a quick view, a headless theme. */
  const idOf = (form) => {
    const field = one('input[name="product_id"],input[type="hidden"][name="id"]', form);
    return Number(field?.value);
  };
  const forms = () => all("form").filter(idOf);
  /* Cards in lists, by what themes put on them, on their buttons or into their links. */
  const cards = () => {
    const found = new Map();
    for (const node of all('.card[data-entity-id],[data-product-id],[data-compare-id],a[href*="product_id="]')) {
      const { entityId, productId: id, compareId } = node.dataset;
      const card = node.closest(".card,article,li");
      if (card && !one("form", card)) found.set(card, entityId || id || compareId || /product_id=(\d+)/.exec(node.href)[1]);
    }
    return [...found];
  };
  const places = () => all("[data-backorder][data-product-id]");
  const showPlace = (place) => {
    const { productId: id, variantId, quantity } = place.dataset;
    const items = itemsOf(id);
    const item = items.find((each) => each.variant_id === (Number(variantId) || null)) || (items.length === 1 && items[0]);
    write(place, item ? sentence(item, Number(quantity) || 1) : "");
  };

  /* What few pages need is fetched when it is needed, from beside this script and with its own digest. */
  const pieces = {};
  const load = (name) => (pieces[name] ||= new Promise((done, fail) => {
    const sum = PIECES[name];
    const node = page.createElement("script");
    Object.assign(node, { src: `${base}${name}.${sum.slice(0, 12)}.js`, integrity: `sha256-${sum.slice(12)}=`, crossOrigin: "", onerror: fail });
    node.onload = () => done(tools.pieces[name](tools));
    page.head.append(node);
  }));

  /* Somebody else may have been quicker: after the shop refused, what it says now counts. */
  const refused = () => {
    const before = refusal;
    refusal = all("[data-cart-error],[role=alert]").find((node) => node.textContent.trim() && !isHidden(node))?.textContent;
    return refusal && refusal !== before;
  };

  const products = () => [...forms().map(idOf), ...cards().map(([, id]) => id), ...places().map((place) => place.dataset.productId)];
  const show = async () => {
    const ids = products();
    const again = refused();
    const hasCart = one("[data-cart],[data-order-id]") || /\/cart(\.php)?\/?($|\?)|\/order-confirm|order_id=/.test(window.location);
    const cart = hasCart && (await load("cart"));
    if (cart) ids.push(...(await cart.read(again)));
    await ask(ids, again ? "no-cache" : "default");
    if (store) {
      places().forEach(showPlace);
      if (cards().some(([, id]) => known[id])) (await load("lists")).show(cards());
      if (forms().some((form) => known[idOf(form)])) await (await load("product")).show(forms(), refusal);
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
  const observer = new MutationObserver(() => soon());
  /* Rules come with the piece whose elements need them. */
  const rules = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    page.adoptedStyleSheets = [...page.adoptedStyleSheets, sheet];
  };
  const make = (tag, className, parent, text = "") => {
    const node = page.createElement(tag);
    node.className = className;
    node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };

  /* In the room that is there already, where it is enough: then nothing below moves. Else in the flow, as anything else. */
  const fit = (node, within = node.parentNode, below = null) => {
    const { style } = node;
    const room = within.getBoundingClientRect();
    style.cssText = `position:absolute;${below ? "margin:0" : ""}`;
    let mine = node.getBoundingClientRect();
    style.maxWidth = `${page.dir === "rtl" ? mine.right - room.left : room.right - mine.left}px`;
    if (below) style.marginTop = `${below.getBoundingClientRect().bottom - mine.top + 8}px`;
    mine = node.getBoundingClientRect();
    const isInTheWay = (other) => {
      const box = other.getBoundingClientRect();
      return box.height > 1 && box.top < mine.bottom && box.bottom > mine.top && box.left < mine.right && box.right > mine.left
        && !node.contains(other) && !other.contains(node);
    };
    const hasText = (other) => !other.firstElementChild || [...other.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    const isFree = !all("body *").some((other) => (below || hasText(other)) && isInTheWay(other));
    if (!isFree) style.cssText = "";
    return isFree;
  };

  const tools = { all, one, make, write, say, dates, split, saidOf, sentence, most, known, itemsOf, idOf, isHidden, quietly, base, rules, load, soon, fit, pieces: {}, words: (words) => (store ||= words) };
  window.Backorder = {
    pieces: tools.pieces,
    /* What the server says of a product, or null. */
    get: (id) => ask([id]).then(() => known[id] || null, () => null),
    /* The sentence for so many units of one of its items. */
    say: (item, quantity = 1) => (store ? sentence(item, quantity) : ""),
  };
  observer.observe(page, { childList: true, subtree: true, characterData: true, attributeFilter: ["disabled", "style", "data-product-id", "data-variant-id", "data-quantity"] });
  ["change", "input", "onProductUpdate"].forEach((name) => page.addEventListener(name, () => soon(0)));
  soon(0);
})();
