/* What a Stencil theme does in the browser, in the three ways the sandbox can play it.
   Nothing is put on window but BCData: real themes bundle stencil-utils and jQuery, so no script can hook them. */
(() => {
  "use strict";
  const theme = document.documentElement.dataset.theme || "6.21";
  const modern = theme === "6.21";
  const root = document.documentElement.dataset.root || "/shop";
  const all = (selector, scope = document) => [...scope.querySelectorAll(selector)];
  const one = (selector, scope = document) => scope.querySelector(selector);

  const remote = (path, body, extra = {}) =>
    fetch(root + path, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        accept: "application/json", "stencil-config": "{}", "stencil-options": "{}",
        "x-requested-with": "stencil-utils", "x-xsrf-token": window.BCData ? window.BCData.csrf_token : "", ...extra,
      },
      body,
    });
  const urlencoded = { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" };

  const announce = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
  const changedDetail = (data, content) => (modern ? { data, content } : { content: data, data: content });
  const show = (node, visible) => { if (node) node.style.display = visible ? "" : "none"; };

  /* One product view: the page's own, or the one in a quick view. */
  function productView(view) {
    const form = one("form[data-cart-item-add]", view);
    if (!form) return;
    const id = one('[name="product_id"]', form).value;
    const quantity = one('input[name="qty[]"]', form);
    const options = one("[data-product-option-change]", form);
    const button = one("#form-action-addToCart", form) || one('[type="submit"]', form);
    let asked = 0;
    let latest = JSON.parse(view.dataset.initialAttributes || "{}");

    const amount = () => Math.max(1, Number.parseInt(quantity && quantity.value, 10) || 1);
    const selections = () => all("[data-product-attribute] :checked", form)
      .filter((node) => node.value && node.closest("[data-product-attribute]"))
      .map((node) => ({
        optionId: Number((node.name || node.parentNode.name).match(/\[(\d+)\]/)[1]), optionValue: node.value,
      }));

    function tellQuantity() {
      announce("onProductUpdate", {
        productDetails: { productId: id, quantity: amount(), optionSelections: selections() },
      });
      if (modern) showBackordered();
    }

    function showBackordered() {
      const box = one("[data-product-backordered]", view);
      if (!box) return;
      const limit = latest.unlimited_backorder ? Infinity : latest.available_for_backorder || 0;
      const owed = Math.max(0, Math.min(amount() - (latest.available_on_hand || 0), limit));
      show(box, owed > 0);
      const message = one("[data-qty-backordered-message]", box);
      if (message) message.textContent = owed > 0 ? `${owed} will be on backorder` : "";
      const words = one("[data-backorder-message]", box);
      if (words) words.textContent = latest.backorder_message || "";
    }

    function showStock(data) {
      const field = one(".form-field--stock", view);
      const number = one("[data-product-stock]", view);
      if (!field || !number) return;
      const known = typeof data.stock === "number";
      field.classList.toggle("u-hiddenVisually", !known && !(modern && data.available_for_backorder > 0));
      number.textContent = known ? (modern ? `${data.stock} in stock` : data.stock) : "";
      const prompt = one("[data-backorder-prompt]", view);
      if (prompt) show(prompt, data.show_backorder_availability_prompt && (data.available_for_backorder > 0 || data.unlimited_backorder));
    }

    function update(data) {
      latest = data;
      const canSell = modern
        ? data.purchasable && (data.instock || data.available_to_sell > 0 || data.unlimited_backorder)
        : data.purchasable && data.instock;
      const box = one(".productAttributes-message", view);
      const words = data.stock_message || data.purchasing_message || (!modern && !data.instock ? "Sold Out" : "");
      if (box) {
        show(box, Boolean(words));
        one(".alertBox-message", box).textContent = words || "";
      }
      const sku = one("[data-product-sku]", view);
      if (sku) sku.textContent = data.sku || "";
      const upc = one("[data-product-upc]", view);
      if (upc) upc.textContent = data.upc || "";
      all("[data-product-price-without-tax]", view).forEach((node) => { node.textContent = data.price.without_tax.formatted; });
      showStock(data);
      if (button) button.disabled = !canSell;
      if (quantity) quantity.disabled = !canSell;
      all("[data-add-to-cart-wallet-buttons]", view).forEach((node) => show(node, canSell && form.checkValidity()));
      if (modern) showBackordered();
      markOptions(data);
      if (data.purchasable) show(one("#add-to-cart-wrapper", view), true);
    }

    function markOptions(data) {
      if (data.out_of_stock_behavior !== "hide_option" && data.out_of_stock_behavior !== "label_option") return;
      const hide = data.out_of_stock_behavior === "hide_option";
      const label = ` (${data.out_of_stock_message || "Out of stock"})`;
      all("[data-product-attribute-value]", view).forEach((node) => {
        const stocked = data.in_stock_attributes.includes(Number(node.dataset.productAttributeValue));
        if (node.tagName === "OPTION") {
          node.hidden = hide && !stocked;
          const bare = node.textContent.replace(label, "");
          node.textContent = stocked || hide ? bare : bare + label;
        } else if (hide) show(node, stocked);
        else node.classList.toggle("unavailable", !stocked);
      });
    }

    /* Answers may overtake one another: only the latest question counts. */
    async function ask() {
      const turn = ++asked;
      const answer = await remote(`/remote/v1/product-attributes/${id}`, new URLSearchParams(new FormData(form)), urlencoded);
      const body = await answer.json();
      return turn === asked ? body : null;
    }

    if (options) {
      options.style.display = "";
      options.addEventListener("change", async () => {
        const answered = await ask();
        if (!answered) return;
        const { data, content } = answered;
        update(data);
        announce("onProductOptionsChanged", changedDetail(data, content || {}));
        tellQuantity();
      });
      if (all("[data-product-attribute]", options).length) ask().then((answered) => { if (answered) update(answered.data); });
    }
    all("[data-quantity-change] button", form).forEach((step) => step.addEventListener("click", (event) => {
      event.preventDefault();
      const next = amount() + (step.dataset.action === "inc" ? 1 : -1);
      const most = Number(quantity.dataset.quantityMax) || Infinity;
      quantity.value = Math.min(most, Math.max(Number(quantity.dataset.quantityMin) || 1, next));
      tellQuantity();
    }));
    if (quantity) quantity.addEventListener("change", tellQuantity);
    form.addEventListener("submit", (event) => addToCart(event, { form, view, button }));
    all(".wallet", form).forEach((wallet) => wallet.addEventListener("click", async () => {
      const answer = await (await remote("/remote/v1/cart/add", new FormData(form))).json();
      if (answer.data.error) showError(view, answer.data.error);
      else window.location.href = `${root}/checkout?wallet=1`;
    }));
    tellQuantity();
  }

  async function addToCart(event, { form, view, button }) {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const words = button.value;
    button.value = "Adding to cart…";
    button.disabled = true;
    const answer = await (await remote("/remote/v1/cart/add", new FormData(form))).json();
    button.value = words;
    button.disabled = false;
    if (answer.data.error) { showError(view, answer.data.error); return; }
    setCartQuantity(answer.data.cart_quantity);
    closeModal(one("#modal"));
    openPreview(answer.data.cart_item);
  }

  function showError(view, html) {
    const box = one("[data-cart-error]", view);
    if (!box) { window.alert(html.replace(/<[^>]+>/g, "")); return; }
    one("p", box).innerHTML = html;
    show(box, true);
  }

  function setCartQuantity(number) {
    all(".cart-quantity").forEach((node) => { node.textContent = number; });
  }

  /* Modals */
  function openModal(modal) { modal.classList.add("is-open"); const first = one("button, a, input", modal); if (first) first.focus(); }
  function closeModal(modal) { if (modal) modal.classList.remove("is-open"); }
  async function openPreview(item) {
    const modal = one("#previewModal");
    if (!modal) { window.location.href = `${root}/cart.php`; return; }
    one(".modal-body", modal).innerHTML = await (await fetch(`${root}/cart-preview/${item.id}`)).text();
    openModal(modal);
  }
  async function openQuickView(id) {
    const modal = one("#modal");
    one(".modal-body", modal).innerHTML = await (await fetch(`${root}/quick-view/${id}`)).text();
    openModal(modal);
    productView(one(".productView", modal));
  }

  /* Cart page: the content is thrown away and written anew after each change. */
  function cartPage(cart) {
    async function change(id, quantity) {
      const body = new URLSearchParams({ "items[0][id]": id, "items[0][quantity]": quantity });
      const { data } = await (await remote("/remote/v1/cart/update", body, urlencoded)).json();
      const parts = await (await fetch(`${root}/cart.php?render=parts`)).json();
      one("[data-cart-content]").innerHTML = parts.content;
      one("[data-cart-totals]").innerHTML = parts.totals;
      one("[data-cart-status]").innerHTML = data.status === "failed"
        ? `<div class="alertBox alertBox--error"><p>${data.errors.join("<br>")}</p></div>` : "";
      setCartQuantity(parts.quantity);
      if (!parts.quantity) window.location.reload();
    }
    cart.addEventListener("click", (event) => {
      const step = event.target.closest("[data-cart-update]");
      const remove = event.target.closest(".cart-remove");
      if (step) {
        const field = document.getElementById(`qty-${step.dataset.cartItemid}`);
        change(step.dataset.cartItemid, Math.max(0, Number(field.value) + (step.dataset.action === "inc" ? 1 : -1)));
      } else if (remove) change(remove.dataset.cartItemid, 0);
    });
    cart.addEventListener("change", (event) => {
      if (event.target.matches(".cart-item-qty-input")) change(event.target.dataset.cartItemid, Number(event.target.value) || 0);
    });
  }

  document.addEventListener("click", (event) => {
    const quick = event.target.closest(".quickview");
    if (quick) { event.preventDefault(); openQuickView(quick.dataset.productId); }
    const closer = event.target.closest("[data-close-modal]");
    if (closer) closeModal(closer.closest(".modal"));
    else if (event.target.classList.contains("modal")) closeModal(event.target);
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") all(".modal.is-open").forEach(closeModal); });
  all(".productView").forEach(productView);
  all("[data-cart]").forEach(cartPage);
})();
