/* "Tell me when it is back": the piece of backorder.js that is fetched when its button is pressed. */
Backorder.pieces.waitlist = ({ make, write, say, base, rules, words }) => {
  const page = document;
  const invite = (product, item) => {
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

  rules(`.backorder-dialog{width:min(26rem,calc(100vw - 2rem));box-sizing:border-box;border:0;border-radius:12px;padding:1.5rem;color:#222;background:#fff}
.backorder-dialog::backdrop{background:#0008}.backorder-dialog h2{margin-top:0}
.backorder-dialog label{display:block;margin:0 0 1em}
.backorder-dialog input{display:block;width:100%;box-sizing:border-box;margin-top:.3em}
.backorder-dialog button{margin-inline-end:.6em}.backorder-dialog .backorder-away{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`);
  return { invite };
};
