/* When the page is looked at: once at the start, and whenever something on it has changed. */
import { page, quietly } from "./page.js";

const CHANGES = ["disabled", "style", "data-product-id", "data-variant-id", "data-quantity"];
const EVENTS = ["change", "input", "onProductUpdate"];
let look;
let timer;
let more;
/* One run at a time; what happens meanwhile asks for one more. A page that never stops moving is looked at, too. */
export const soon = (wait = 60) => {
  more = true;
  timer ||= setTimeout(async () => {
    more = false;
    await quietly(look);
    timer = 0;
    if (more) soon();
  }, wait);
};
const observer = new MutationObserver(() => soon());
/* What we wrote ourselves is no news; what changed while we asked was told and is looked at next. */
export const forgetOwn = () => observer.takeRecords();
export const watch = (work) => {
  look = work;
  observer.observe(page, { childList: true, subtree: true, characterData: true, attributeFilter: CHANGES });
  EVENTS.forEach((name) => page.addEventListener(name, () => soon(0)));
  soon(0);
};
