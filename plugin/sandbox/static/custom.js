/* A theme of its own lets shoppers look at a product over the list: its page's own part, in a native dialog. */
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const link = event.target.closest(".peek");
    if (!link) return;
    event.preventDefault();
    const page = new DOMParser().parseFromString(await (await fetch(link.href)).text(), "text/html");
    const dialog = document.body.appendChild(document.createElement("dialog"));
    const close = document.createElement("button");
    Object.assign(close, { className: "modal-close", textContent: "×", onclick: () => dialog.close() });
    close.setAttribute("aria-label", "Close");
    dialog.className = "peek-box";
    dialog.setAttribute("aria-label", "Quick look");
    dialog.append(close, page.querySelector(".pdp"));
    dialog.onclose = () => dialog.remove();
    dialog.showModal();
  });
})();
