// Renews a page that shows something under way, in place; without scripts a <noscript> refresh does it less gently.
"use strict";

(() => {
  const parser = new DOMParser();

  async function renew() {
    const shown = document.querySelector("main[data-renew]");
    if (!shown) return;
    const answer = await fetch(shown.dataset.renew).catch(() => null);
    if (answer && answer.ok) {
      const page = parser.parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      shown.replaceWith(page.querySelector("main"));
    } else if (answer && answer.status === 401) {
      location.assign(shown.dataset.renew);
      return;
    }
    later();
  }

  function later() {
    const shown = document.querySelector("main[data-renew]");
    if (shown) setTimeout(renew, Number(shown.dataset.renewSeconds) * 1000);
  }

  later();
})();
