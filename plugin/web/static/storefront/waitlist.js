/* "Tell me when it is back": the piece of backorder.js that is fetched where an item cannot be bought. */
window.Backorder.pieces.waitlist = ({ all, make, write, say, base, rules, words, idOf }) => {
  const page = document;
  const invited = new Map(); // form: its view, whose button or link asks

  const open = (product, item) => {
    const opened = Date.now();
    const dialog = make("dialog", "backorder-dialog", page.body);
    const box = make("form", "", dialog);
    box.method = "dialog";
    const title = make("h2", "", box, say("tell_me"));
    title.id = "backorder-title";
    dialog.setAttribute("aria-labelledby", title.id);
    make("p", "", box, say("once"));
    const field = (name, type, words, value) => {
      const label = make("label", name === "website" ? "backorder-away" : "", box, words);
      const input = make("input", "form-input", label);
      return Object.assign(input, { name, type, value, required: name !== "website" });
    };
    field("email", "email", say("email"), "").autocomplete = "email";
    Object.assign(field("quantity", "number", say("quantity"), 1), { min: 1, max: 10000 });
    const trap = field("website", "text", "Website", "");
    Object.assign(trap, { tabIndex: -1, autocomplete: "off" });
    trap.parentNode.setAttribute("aria-hidden", "true");
    const status = make("p", "", box);
    status.setAttribute("role", "status");
    const send = make("button", "button button--primary", box, say("send"));
    const close = make("button", "button", box, say("close"));
    close.type = "button";
    close.onclick = () => dialog.close();
    dialog.onclose = () => dialog.remove();
    box.onsubmit = (event) => {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(box));
      body.set("product_id", product);
      if (item.variant_id) body.set("variant_id", item.variant_id);
      body.set("locale", words().language);
      body.set("seconds", (Date.now() - opened) / 1000);
      send.disabled = true;
      fetch(`${base}waitlist`, { method: "POST", credentials: "omit", headers: { accept: "application/json" }, body })
        .then((answer) => { if (!answer.ok) throw answer; write(status, say("asked")); send.hidden = true; close.focus(); })
        .catch(() => { write(status, say("failed")); send.disabled = false; });
    };
    dialog.showModal();
  };

  /* The theme's closed button becomes ours; where it left it open, a link stands beside it. Answers the button's words. */
  const invite = (form, view, { item, sells, refusal }) => {
    const { button } = view;
    const isOff = !button || button.disabled || view.asks || refusal;
    const asks = Boolean(item && !sells && isOff && button);
    if (button && !sells && (asks || view.asks)) button.disabled = !asks;
    view.asks = asks;
    view.item = item;
    if (asks) all("[data-add-to-cart-wallet-buttons]", form).forEach((node) => { node.style.display = "none"; });
    const isBeside = Boolean(item && !asks && (sells || isOff || item.state === "closed"));
    if (isBeside && !view.link) {
      view.link = make("button", "backorder-link", form.lastElementChild, say("tell_me"));
      view.link.type = "button";
    }
    if (view.link) view.link.hidden = !isBeside;
    invited.set(form, view);
    return asks && say("tell_me");
  };

  const onClick = (event) => {
    for (const [form, { asks, button, link, item }] of invited) {
      const isButton = asks && (event.type === "submit" ? event.target === form : button.contains(event.target));
      if (isButton || event.target === link) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (event.type === "click") open(idOf(form), item);
        return;
      }
    }
  };
  ["click", "submit"].forEach((name) => page.addEventListener(name, onClick, true));

  rules(`.backorder-link{border:0;padding:0 .5em;background:none;color:inherit;font:inherit;text-decoration:underline;cursor:pointer}
.backorder-dialog{width:min(26rem,calc(100vw - 2rem));box-sizing:border-box;border:0;border-radius:12px;padding:1.5rem;color:#222;background:#fff}
.backorder-dialog::backdrop{background:#0008}.backorder-dialog h2{margin-top:0}
.backorder-dialog label{display:block;margin:0 0 1em}
.backorder-dialog input{display:block;width:100%;box-sizing:border-box;margin-top:.3em}
.backorder-dialog button{margin-inline-end:.6em}.backorder-dialog .backorder-away{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`);
  return { invite };
};
