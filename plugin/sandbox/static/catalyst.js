/* A headless storefront in small: it navigates without loading a page, and renders late, as React does. */
(() => {
  "use strict";
  const place = document.getElementById("__next");
  const root = place.dataset.root;
  const safe = (words) => String(words == null ? "" : words).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const get = async (path) => (await fetch(root + path)).json();

  async function list() {
    const products = await get("/catalyst/data/products");
    place.innerHTML = `<h1>All products</h1><ul class="productGrid">${products.map((each) => `
      <li><article class="card"><a data-link href="${root}/catalyst/p/${each.id}"><img src="${safe(each.image)}" alt="" width="400" height="400"></a>
      <div class="card-body"><h2 class="card-title"><a data-link href="${root}/catalyst/p/${each.id}">${safe(each.name)}</a></h2><p class="card-price">${safe(each.price)}</p><button type="button" class="button button--small" data-peek="${each.id}">Quick look</button></div></article></li>`).join("")}</ul>`;
  }

  async function detail(id) {
    const product = await get(`/catalyst/data/products/${id}`);
    document.title = product.name;
    draw(product, place);
  }

  async function peek(id) {
    const product = await get(`/catalyst/data/products/${id}`);
    const dialog = place.appendChild(document.createElement("dialog"));
    dialog.className = "peek-box";
    dialog.setAttribute("aria-label", "Quick look");
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => { if (event.target.closest(".modal-close")) dialog.close(); });
    draw(product, dialog);
    dialog.insertAdjacentHTML("afterbegin", '<button class="modal-close" type="button" aria-label="Close">×</button>');
    dialog.showModal();
  }

  function draw(product, box) {
    box.innerHTML = `<div class="productView-catalyst" style="display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:30px 48px">
      <div><img src="${safe(product.image)}" alt="" width="640" height="640" style="border-radius:16px"></div>
      <div><h1>${safe(product.name)}</h1><p><strong>${safe(product.price)}</strong></p>
      ${product.availability_description ? `<p class="availability">${safe(product.availability_description)}</p>` : ""}
      <form data-catalyst-form><input type="hidden" name="id" value="${product.id}">
      ${product.options.map((option) => `<fieldset style="border:0;padding:0;margin:0 0 16px"><legend class="form-label">${safe(option.name)}</legend><select class="form-select" name="${option.id}" required><option value="">Choose</option>${option.option_values.map((value) => `<option value="${value.id}">${safe(value.label)}</option>`).join("")}</select></fieldset>`).join("")}
      <label class="form-label">Quantity <input class="form-input" style="width:90px" name="quantity" type="number" min="1" value="1"></label>
      <div style="min-height:3.2rem" class="soft">${product.stock == null ? "" : `${product.stock} in stock`}</div>
      <p class="alertBox alertBox--error" role="alert" hidden></p>
      <button class="button button--primary"${product.sold_out || !product.can_purchase ? " disabled" : ""}>${product.sold_out ? "Sold out" : safe(product.button === "Pre-Order Now" ? "Pre-order" : "Add to cart")}</button></form></div></div>`;
    box.querySelector("form").addEventListener("submit", (event) => buy(event, product));
  }

  async function buy(event, product) {
    event.preventDefault();
    const form = new FormData(event.target);
    const chosen = product.variants.find((each) => Object.entries(each.values).every(([option, value]) => form.get(option) === String(value)));
    const answer = await fetch(`${root}/api/storefront/carts`, {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ lineItems: [{ productId: product.id, variantId: chosen && chosen.id, quantity: Number(form.get("quantity")) }] }),
    });
    if (answer.ok) { window.location.href = `${root}/cart.php`; return; }
    const box = event.target.querySelector('[role="alert"]');
    box.hidden = false;
    box.textContent = (await answer.json()).title;
  }

  function show() {
    const found = window.location.pathname.match(/\/catalyst\/p\/(\d+)/);
    return found ? detail(found[1]) : list();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-peek]");
    if (button) peek(button.dataset.peek);
    const link = event.target.closest("a[data-link]");
    if (!link) return;
    event.preventDefault();
    window.history.pushState({}, "", link.href);
    show();
  });
  window.addEventListener("popstate", show);
  show();
})();
