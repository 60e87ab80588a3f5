/* The cart, line by line, and the dates on an order: the piece of backorder.js that only those pages fetch. */
Backorder.pieces.cart = ({ all, one, make, write, say, dates, split, saidOf, listed, itemsOf, answerOf, quietly, rules, words }) => {
  const page = document;
  let cart;
  let order;
  let sending; // what the shopper chose for this cart, null for nothing yet
  let recalled; // the question for it, asked once
  let settle; // the note, where it moves nothing
  const same = async (path) => {
    const answer = await fetch(path, { credentials: "same-origin", headers: { accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  };
  const boxOf = (each) => each.getBoundingClientRect();
  const isRightToLeft = (node) => getComputedStyle(node).direction === "rtl";
  /* Nothing lies where it stands: at all, or nothing but boxes without a text of their own. */
  const isClear = (node, isStrict) => {
    const mine = boxOf(node);
    const isNear = (other) => {
      const box = boxOf(other);
      return box.height > 1 && box.top < mine.bottom && box.bottom > mine.top && box.left < mine.right && box.right > mine.left
        && !node.contains(other) && !other.contains(node);
    };
    const hasText = (other) => !other.firstElementChild || [...other.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    return !all("body *").some((other) => isNear(other) && (isStrict || hasText(other)));
  };
  /* In the room that is there already, where it is enough: then nothing below moves. Else in the flow, as anything else. */
  const fit = (node, within, { below, air = 0 } = {}) => {
    const { style } = node;
    style.cssText = `position:absolute;${below ? "margin:0" : ""}`;
    const [room, mine] = [boxOf(within), boxOf(node)];
    style.maxWidth = `${isRightToLeft(node) ? mine.right - room.left : room.right - mine.left}px`;
    if (below) style.marginTop = `${boxOf(below).bottom - mine.top + 8}px`;
    const isFree = isClear(node, below) && (below || boxOf(node).bottom + air <= room.bottom);
    if (!isFree) style.cssText = "";
    return isFree;
  };
  /* In the corner where a row ends. */
  const corner = (node, row) => {
    const { style } = node;
    style.cssText = "position:absolute;max-width:9em;text-align:end;text-wrap:balance";
    const [room, mine] = [boxOf(row), boxOf(node)];
    style.marginInlineStart = `${(isRightToLeft(node) ? mine.left - room.left : room.right - mine.right) - 12}px`;
    style.marginTop = `${room.bottom - mine.bottom - 6}px`;
    return isClear(node);
  };
  /* A text of ours below what the theme says of a line. */
  const tell = (row, cell, text) => {
    const node = one(".backorder-line", row) || make("p", "backorder-line", cell);
    if (node.textContent === text) return;
    write(node, text);
    place(node, row, cell);
  };
  /* Where it moves nothing and has air to what follows, if there is such a place. */
  const place = (node, row, cell) => {
    const cells = [cell, row.cells && row.lastElementChild].filter(Boolean);
    const stands = (air) => cells.some((each) => {
      each.append(node);
      return fit(node, row, { air });
    });
    if (!stands(3) && !corner(node, row) && !stands(0)) cell.append(node);
  };
  /* Into the theme's own notes, as many as there are; else below the line's name. */
  const fill = (row, cell, texts, whole) => {
    const native = all(".cart-item-backorder-message", row);
    const last = native.length - 1;
    const textAt = (index) => (index < last ? texts[index] : listed(texts.slice(index)));
    const wholeAt = (index) => (index ? "\u00a0" : whole); // a note with nothing left to say keeps its room
    if (native[0]) texts.slice(0, last + 1).forEach((_, index) => write(native[index], whole ? wholeAt(index) : textAt(index)));
    else if (texts[0] || one(".backorder-line", row)) tell(row, cell, whole || listed(texts));
  };
  const wish = () => sending || words().ships; // what the merchant does where the shopper chose nothing
  const textsOf = (now, parts) => [...(now ? [say("ships_now", { count: now }, now)] : []), ...parts.map(saidOf)];

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
  const itemOf = (line) => itemsOf(line.productId).find((item) => item.variant_id === null || item.variant_id === line.variantId);
  const rowOf = (line) => {
    const node = one(`[data-cart-itemid="${line.id}"],input[value="${line.id}"]`);
    return node && node.closest("[data-item-row],tr,li,form");
  };
  /* The cart's lines with what of each ships when, the last part of all, and whether there are several days to choose from. */
  const readPlan = () => {
    const used = {};
    const lines = cart.lineItems.physicalItems.map((line) => {
      const item = itemOf(line);
      const key = item && `${line.productId}:${item.variant_id}`;
      const { now, parts } = item && item.later.length ? split(item, line.quantity, used[key]) : { now: line.quantity, parts: [] };
      used[key] = (used[key] || 0) + line.quantity;
      return { line, now, parts };
    });
    const later = lines.flatMap(({ parts }) => parts);
    const day = (part) => part.latest || "~"; // no date is the latest of all
    const last = later.reduce((a, b) => (day(a) > day(b) ? a : b), later[0]);
    const startsNow = lines.some(({ now }) => now);
    return { lines, last, startsNow, isMixed: last && (startsNow || later.some((part) => day(part) !== day(last))) };
  };
  const showCart = () => {
    const { lines, last, startsNow, isMixed } = readPlan();
    const isWhole = wish() === "together";
    lines.forEach(({ line, now, parts }) => {
      const row = rowOf(line);
      if (!row) return;
      row.dataset.backorder = "";
      const cell = one(".cart-item-title", row) || one("a", row).closest("td,div");
      fill(row, cell, last ? textsOf(now, parts) : [], last && isWhole && saidOf({ ...last, units: line.quantity }));
    });
    const name = startsNow ? "parts" : "dates";
    note(last, isMixed, isWhole ? "whole" : name);
  };
  const note = (last, mixed, name) => {
    const totals = one("[data-cart-totals]");
    let box = one(".backorder-note");
    if (box) box.hidden = !mixed;
    if (!mixed || !totals) return;
    const window = dates(last);
    const text = say(window ? name : `${name}_unknown`, { window });
    const native = one(".cart-shipping-expectation-message", totals);
    if (native) write(native, text);
    if (!box) {
      box = make("div", "backorder-note", totals.parentNode);
      make("p", "", box).setAttribute("role", "status");
      settle = () => fit(box, totals, { below: totals.parentNode });
    }
    if (!native && box.firstChild.textContent !== text) {
      write(box.firstChild, text);
      settle();
    }
    if (sending !== undefined && box.childElementCount < 2) choice(box);
  };
  /* Our server keeps what the shopper chose; a choice it could not keep was none. */
  const keep = async (options) => {
    sending = (await answerOf(`carts/${cart.id}.json`, options)).sending || sending || null;
  };
  /* Before the cart is told, since its dates depend on it; where there is nothing to choose, nobody is asked. */
  const recall = () => words().sending && readPlan().isMixed && (recalled ||= quietly(keep));
  /* Open where there is room for it; else one more click opens it. */
  const choice = (box) => {
    const group = make("details", "", box);
    make("summary", "", group, say("sending"));
    const fields = make("div", "", group);
    fields.setAttribute("role", "radiogroup");
    fields.setAttribute("aria-label", say("sending"));
    const answers = ["together", "as_ready"].map((value) => {
      const label = make("label", "", fields);
      const field = make("input", "", label);
      label.append(` ${say(value)}`);
      return Object.assign(field, { type: "radio", name: "backorder_sending", value });
    });
    const check = () => answers.forEach((field) => { field.checked = wish() === field.value; });
    check();
    fields.onchange = async ({ target }) => {
      await quietly(() => keep({ method: "POST", body: new URLSearchParams({ sending: target.value }) }));
      check();
      showCart();
    };
    group.open = true;
    group.open = settle();
    settle();
    group.ontoggle = settle;
  };

  /* An order the shopper looks at: its shop says which cart it was, and the cart opens its dates. */
  const orderNumber = () => {
    const node = one("[data-order-id]");
    const found = /order-confirmation\/(\d+)|orders\/(\d+)|order_id=(\d+)/.exec(window.location.href);
    return node ? node.dataset.orderId : found && (found[1] || found[2] || found[3]);
  };
  /* Where the page names the product: the innermost element that does, and that no other line of ours has taken. */
  const nameOf = (line, box) => all("*", box).find((node) => node.textContent.includes(line.name) && !node.closest("[data-backorder],script,.backorder-order")
    && ![...node.children].some((child) => child.textContent.includes(line.name)));
  const tellLine = (line, list) => {
    const texts = textsOf(line.ready, line.later);
    const name = nameOf(line, list.parentNode);
    const row = name && (name.closest("li,tr,[class*=roduct]") || name.parentNode);
    if (!row || row.contains(list)) {
      make("li", "", list, `${line.name}: ${texts.join(", ")}`);
      return;
    }
    name.dataset.backorder = "";
    fill(row, name.closest("p,h1,h2,h3,h4,h5,h6,a,span") === name ? name.parentNode : name.closest("div,td,li"), texts);
  };
  const readOrder = async (number) => {
    const { cartId } = (await same(`/api/storefront/orders/${number}`)) || {};
    if (!cartId) return;
    const found = await answerOf(`orders/${cartId}.json?lang=${encodeURIComponent(page.documentElement.lang)}`);
    if (found.words) words(found);
    const lines = found.lines.filter((line) => line.later.length);
    if (!lines.length) return;
    const list = make("ul", "backorder-order", one("[data-order-id]") || one("main") || page.body);
    lines.forEach((line) => tellLine(line, list));
    if (found.link) Object.assign(make("a", "", make("li", "", list), say("your_order")), { href: found.link });
    fit(list, list.parentNode, { below: list.parentNode });
  };

  rules(`.backorder-line{margin:0;font-size:.75rem;line-height:1.05}
.backorder-note{margin-top:1em;font-size:.8rem;line-height:1.25}.backorder-note p{margin:0}
.backorder-note summary{cursor:pointer;padding:.2em 0}.backorder-note label{display:block;padding:.2em 0}
.backorder-order{margin:.6em 0 0;padding:0;list-style:none;font-size:.92em}`);
  window.addEventListener("resize", () => {
    all(".backorder-line").forEach((node) => place(node, node.closest("tr,li,form") || node.parentNode, node.parentNode));
    if (settle) settle();
  });
  return {
    /* The products of the cart, read anew where the theme has redrawn it. */
    read: async (again) => {
      if (!isCart()) return [];
      if (!cart || again || isOutOfDate()) await readCart();
      return cart.lineItems.physicalItems.map((line) => line.productId);
    },
    show: async () => {
      if (cart && words() && isCart()) {
        await recall();
        showCart();
      }
      const number = orderNumber();
      if (number && number !== order) {
        order = number;
        await readOrder(number);
      }
    },
  };
};
