/* The cart, line by line, and the dates on an order: the piece of backorder.js that only those pages fetch. */
window.Backorder.pieces.cart = ({ all, one, make, write, say, dates, split, saidOf, known, quietly, base, style, words }) => {
  const page = document;
  let cart;
  let order;
  const same = async (path) => {
    const answer = await fetch(path, { credentials: "same-origin", headers: { accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  };
  /* The cart: what ships now and what later, line by line; then one note and, where the shop offers it, a choice. */
  const isCart = () => one("[data-cart]") || /\/cart(\.php)?\/?$/.test(window.location.pathname);
  const isOutOfDate = () => cart.lineItems.physicalItems.some((line) => {
    const row = rowOf(line);
    return !row || !("backorder" in row.dataset);
  });
  const readCart = async () => {
    const [found] = (await same("/api/storefront/carts?include=lineItems.physicalItems.options")) || [];
    cart = found || { lineItems: { physicalItems: [] } };
  };
  const itemOf = (line) => ((known[line.productId] || { items: [] }).items || []).find((item) => item.variant_id === null || item.variant_id === line.variantId);
  const rowOf = (line) => {
    const node = one(`[data-cart-itemid="${line.id}"],input[value="${line.id}"]`);
    return node && node.closest("[data-item-row],tr,li,form");
  };
  const showCart = () => {
    const used = {};
    const lines = cart.lineItems.physicalItems.map((line) => {
      const item = itemOf(line);
      const key = item && `${line.productId}:${item.variant_id}`;
      const { now, parts } = item && item.later.length ? split(item, line.quantity, used[key]) : { now: line.quantity, parts: [] };
      used[key] = (used[key] || 0) + line.quantity;
      return { line, now, parts };
    });
    const later = lines.flatMap(({ parts }) => parts);
    lines.forEach(({ line, now, parts }) => {
      const row = rowOf(line);
      if (!row) return;
      row.dataset.backorder = "";
      const texts = later.length ? [...(now ? [say("ships_now", { count: now }, now)] : []), ...parts.map(saidOf)] : [];
      const native = all(".cart-item-backorder-message", row);
      if (native.length) texts.slice(0, native.length).forEach((text, place) => write(native[place], place < native.length - 1 ? text : texts.slice(place).join(", ")));
      else if (texts.length || one(".backorder-line", row)) {
        const cell = one(".cart-item-title", row) || one("a", row).closest("td,div");
        write(one(".backorder-line", row) || make("p", "backorder-line", cell), texts.join(", "));
      }
    });
    note(later, lines.some(({ now }) => now));
  };
  const note = (later, some) => {
    const totals = one("[data-cart-totals]");
    let box = one(".backorder-note");
    const mixed = later.length && some;
    if (box) box.hidden = !mixed;
    if (!mixed || !totals) return;
    const last = later.every((part) => part.earliest) && later.reduce((a, b) => (a.latest > b.latest ? a : b));
    const text = last ? say("parts", { window: dates(last) }) : say("parts_unknown");
    if (!box) {
      box = make("div", "backorder-note", totals.parentNode);
      make("p", "", box).setAttribute("role", "status");
      if (words().sending) quietly(() => choice(box));
    }
    write(box.firstChild, text);
  };
  const choice = async (box) => {
    const address = `${base}carts/${cart.id}.json`;
    const { sending } = await (await fetch(address, { credentials: "omit" })).json();
    const group = make("fieldset", "", box);
    make("legend", "", group, say("sending"));
    ["together", "as_ready"].forEach((wish) => {
      const label = make("label", "", group);
      const field = make("input", "", label);
      Object.assign(field, { type: "radio", name: "backorder_sending", checked: sending === wish });
      label.append(` ${say(wish)}`);
      field.onchange = () => quietly(() => fetch(address, { method: "POST", credentials: "omit", body: new URLSearchParams({ sending: wish }) }));
    });
  };

  /* An order the shopper looks at: its shop says which cart it was, and the cart opens its dates. */
  const orderNumber = () => {
    const node = one("[data-order-id]");
    const found = /order-confirmation\/(\d+)|orders\/(\d+)|order_id=(\d+)/.exec(window.location.href);
    return node ? node.dataset.orderId : found && (found[1] || found[2] || found[3]);
  };
  const readOrder = async (number) => {
    const { cartId } = (await same(`/api/storefront/orders/${number}`)) || {};
    if (!cartId) return;
    const found = await (await fetch(`${base}orders/${cartId}.json?lang=${encodeURIComponent(page.documentElement.lang)}`, { credentials: "omit" })).json();
    if (found.words) words(found);
    const lines = found.lines.filter((line) => line.later.length);
    if (!lines.length) return;
    const list = make("ul", "backorder-order", one("[data-order-id]") || one("main"));
    lines.forEach((line) => {
      const texts = [...(line.ready ? [say("ships_now", { count: line.ready }, line.ready)] : []), ...line.later.map(saidOf)];
      make("li", "", list, `${line.name}: ${texts.join(", ")}`);
    });
    if (found.link) Object.assign(make("a", "", make("li", "", list), say("your_order")), { href: found.link });
  };

  style(`.backorder-line{margin:.3em 0 0;font-size:.92em}
.backorder-note{margin-top:1em;font-size:.92em}.backorder-note p{margin:0}
.backorder-note fieldset{border:0;margin:.6em 0 0;padding:0}.backorder-note label{display:block;padding:.3em 0}
.backorder-order{margin:1em 0 0;padding-inline-start:1.2em}`);
  return {
    /* The products of the cart, read anew where the theme has redrawn it. */
    read: async (again) => {
      if (!isCart()) return [];
      if (!cart || again || isOutOfDate()) await readCart();
      return cart.lineItems.physicalItems.map((line) => line.productId);
    },
    show: async () => {
      if (cart && words() && isCart()) showCart();
      const number = orderNumber();
      if (number && number !== order) {
        order = number;
        await readOrder(number);
      }
    },
  };
};
