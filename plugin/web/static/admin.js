// What the screens do a little more smoothly with scripts: renew a page under way, count ticked rows, say what failed.
// Everything that changes something works without it.
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

  function countTicked() {
    const words = document.querySelector(".bulk-count");
    if (!words) return;
    words.dataset.none ??= words.textContent;
    const count = document.querySelectorAll("input[form=bulk][name=id]:checked").length;
    words.textContent = count === 0 ? words.dataset.none
      : count === 1 ? words.dataset.one : words.dataset.many.replace("{count}", String(count));
  }

  function tickAll(box) {
    for (const each of document.querySelectorAll("input[form=bulk][name=id]")) each.checked = box.checked;
  }

  function trouble() {
    const place = document.getElementById("trouble");
    if (!place) return;
    place.className = "message danger";
    place.textContent = place.dataset.words;
    place.hidden = false;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-tick-all]")) tickAll(event.target);
    if (event.target.matches("input[type=checkbox]")) countTicked();
  });
  document.addEventListener("htmx:afterSwap", countTicked);
  document.addEventListener("htmx:responseError", trouble);
  document.addEventListener("htmx:sendError", trouble);
  for (const here of document.querySelectorAll("nav [aria-current=page]")) here.scrollIntoView({ block: "nearest", inline: "center" });
  later();
})();
