/* What our server is asked, and what it has said of products. */
import { base, page } from "./page.js";
import { know, texts } from "./words.js";

const SLOW = 3000; // the shop does not wait for us longer than this
const STRANGE = [..."&,+", ...[..."01234567"].map((digit) => `%${digit}`)]; // in a path: nothing of it is part of a product's
export const known = {}; // product id or path: what the server says of it, or null

/* What our server says, if it says it soon. */
export const answerOf = (path, options) => {
  const isLate = new Promise((_, fail) => { setTimeout(fail, SLOW); });
  const answer = fetch(base + path, { credentials: "omit", ...options });
  return Promise.race([answer.then((each) => each.json()), isLate]);
};
/* A product's id, or its page's path as far as our server takes it. */
const isAsked = (id) => (id > 0 ? id < 1e15 && `${Math.floor(id)}` === id
  : id.startsWith("/") && id.length < 257 && !STRANGE.some((each) => id.includes(each)));
/* One question for all products of the page that we have not asked about yet. */
export const ask = async (ids, again) => {
  const wanted = [...new Set(ids.map(String))].filter((id) => isAsked(id) && (again || !(id in known))).sort();
  while (wanted.length) {
    const some = wanted.splice(0, 50);
    some.forEach((id) => { known[id] ||= null; });
    const path = `offers.json?ids=${some}&lang=${page.documentElement.lang}`;
    const answer = await answerOf(path, { cache: again ? "no-cache" : "default" });
    if (!answer.store.words.ships) return;
    Object.assign(known, answer.offers);
    Object.assign(texts, answer.dates);
    know(answer.store);
  }
};
export const itemsOf = (id) => known[id]?.items || [];
