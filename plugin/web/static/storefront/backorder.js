/* Backorder on the shop's pages: what every page loads. It finds what the page shows, asks our server once, and knows the
   words and dates; what is done with them is in the pieces beside this file, each fetched only where it has something to do.

   Whatever goes wrong, the page stays as the theme made it. Built into backorder.<digest>.js by build.mjs. */
/* global PIECES: the other pieces by name, each with the digests of its file and content, put in by the build. */
(() => {
  const page = document;
  const own = page.currentScript?.src;
  const base = own?.slice(0, own.lastIndexOf("/") + 1);
  if (window.Backorder || !base) return;

  const SLOW = 3000; // the shop does not wait for us longer than this
  const ASKED = /^([1-9]\d{0,14}|\/([\w./-]|%[^2]){1,255})$/; // a product's id, or its page's path
  const known = {}; // product id or path: what the server says of it, or null
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
    const words = [store.words[name]].flat(); // one text, or one for a single unit and one for more
    return words.at(count === 1 ? 0 : -1).replace(/{(\w+)}/g, (_, gap) => gaps[gap]);
  };
  const dates = (part) => part.window || texts[`${part.earliest}/${part.latest}`];
  const phrase = (name, part, now) => {
    const window = dates(part);
    return say(window ? name : `${name}_unknown`, { now, window, count: part.units }, part.units);
  };
  const saidOf = (part) => phrase("part", part);

  /* So many units of an item: how many ship now, and the others by window. */
  const split = (item, quantity, used = 0) => {
    const take = (there) => {
      const units = Math.max(0, Math.min(quantity, (there ?? Infinity) - used));
      used = Math.max(0, used - there);
      quantity -= units;
      return units;
    };
    const now = take(item.on_hand);
    const parts = [];
    for (const part of item.later) {
      const units = take(part.units);
      const last = parts.at(-1);
      if (last && last.earliest === part.earliest && last.latest === part.latest) last.units += units;
      else if (units) parts.push({ ...part, units });
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
  const ask = async (ids, again) => {
    const wanted = [...new Set(ids.map(String))].filter((id) => ASKED.test(id) && (again || !(id in known))).sort();
    while (wanted.length) {
      const some = wanted.splice(0, 50);
      some.forEach((id) => { known[id] ||= null; });
      const address = `${base}offers.json?ids=${some}&lang=${page.documentElement.lang}`;
      const options = { credentials: "omit", cache: again ? "no-cache" : "default", signal: AbortSignal.timeout(SLOW) };
      const answer = await (await fetch(address, options)).json();
      if (!answer.store.words.ships) return;
      Object.assign(known, answer.offers);
      Object.assign(texts, answer.dates);
      store = answer.store;
    }
  };

  /* Products' forms, wherever they stand: the page, a quick view, a headless theme. */
  const forms = () => all("form").map((form) => [form, one('[name="product_id"],[type="hidden"][name="id"]', form)?.value]);
  /* Cards in lists, by what themes put on them, on their buttons or into their links; else by where their picture leads. */
  const cards = () => {
    const found = new Map();
    for (const node of all('.card[data-entity-id],[data-product-id],[data-compare-id],a[href*="product_id="],a img')) {
      const { entityId, productId: id, compareId } = node.dataset;
      const card = node.closest(".card,article,li");
      const product = entityId || id || compareId || /product_id=(\d+)|$/.exec(node.href)[1];
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

  /* What few pages need is fetched when it is needed, from beside this script and with its own digest. */
  const pieces = {};
  const load = (name) => (pieces[name] ||= new Promise((done, fail) => {
    const sum = PIECES[name];
    page.head.append(Object.assign(page.createElement("script"), {
      src: `${base}${name}.${sum.slice(0, 16).replace(/\W/g, "")}.js`,
      integrity: `sha256-${sum}=`,
      crossOrigin: "",
      onload: () => done(tools.pieces[name](tools)),
      onerror: fail,
    }));
    observer.takeRecords(); // our own file is no news
  }));

  /* Somebody else may have been quicker: after the shop refused, what it says now counts. */
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
    const hasCart = one("[data-cart],[data-order-id]") || /\/cart(\.php)?\/?($|\?)|\/order-confirm|order_id=/.test(window.location);
    const cart = hasCart && (await load("cart"));
    const found = look();
    await ask([...idsOf(found), ...(cart ? await cart.read(again) : [])], again);
    if (store) {
      const [inLists, inForms, inPlaces] = found;
      const lists = inLists.some(isKnown) && (await load("lists"));
      const product = inForms.some(isKnown) && (await load("product"));
      inPlaces.forEach(showPlace);
      if (lists) lists.show(inLists);
      if (product) product.show(inForms.filter(isKnown), refusal);
      observer.takeRecords(); // what we wrote ourselves is no news; what changed while we asked was told and is looked at next
    }
    if (cart) await cart.show();
  };

  /* One run at a time; what happens meanwhile asks for one more. A page that never stops moving is looked at, too. */
  let timer;
  let more;
  const soon = (wait = 60) => {
    more = true;
    timer ||= setTimeout(async () => {
      more = false;
      await quietly(show);
      timer = 0;
      if (more) soon();
    }, wait);
  };
  const observer = new MutationObserver(() => soon());
  /* Rules come with the piece whose elements need them. */
  const rules = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    page.adoptedStyleSheets.push(sheet);
  };
  const make = (tag, className, parent, textContent = "") => {
    const node = Object.assign(page.createElement(tag), { className, textContent });
    parent?.append(node);
    return node;
  };

  const tools = { all, one, make, write, say, dates, split, saidOf, sentence, most, known, itemsOf, isHidden, quietly, base, rules, load, soon, pieces: {}, words: (words) => (store ||= words) };
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
