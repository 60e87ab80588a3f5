/* Words and dates, as the server writes them in the page's language, and the sentence for so many units of an item. */
export const texts = {}; // windows of days in words, by their first and last day
export let store; // the shop's words and what its merchant decided; nothing until the server has answered
export const know = (answer) => { store = answer; };
export const words = (answer) => {
  if (!store) know(answer);
  return store;
};

export const say = (name, gaps = {}, count) => {
  const forms = [store.words[name]].flat(); // one text, or one for a single unit and one for more
  const fill = (text, [gap, value]) => text.split(`{${gap}}`).join(value);
  return Object.entries(gaps).reduce(fill, forms.at(count === 1 ? 0 : -1));
};
export const dates = (part) => part.window || texts[`${part.earliest}/${part.latest}`];
const phrase = (name, part, now) => {
  const window = dates(part);
  return say(window ? name : `${name}_unknown`, { now, window, count: part.units }, part.units);
};
export const saidOf = (part) => phrase("part", part);
export const listed = (parts) => parts.reduce((first, rest) => (first ? say("list", { first, rest }) : rest), "");

/* So many units of an item: how many ship now, and the others by window. */
export const split = (item, quantity, used = 0) => {
  const take = (there) => {
    const units = Math.max(0, Math.min(quantity, (there ?? Infinity) - used));
    used = Math.max(0, used - there);
    quantity -= units;
    return units;
  };
  const now = take(item.on_hand);
  const parts = [];
  for (const part of item.later) {
    const units = take(part.units);
    const last = parts.at(-1);
    if (last && last.earliest === part.earliest && last.latest === part.latest) last.units += units;
    else if (units) parts.push({ ...part, units });
  }
  return { now, parts };
};
export const sentence = (item, quantity) => {
  const { now, parts } = split(item, quantity);
  const [part] = parts;
  if (!part) return item.later[0] ? phrase("in_stock", item.later[0]) : "";
  if (parts[1]) return listed([...(now ? [say("now", { count: now })] : []), ...parts.map(saidOf)]);
  if (now) return phrase("mixed", part, now);
  const { message } = item;
  const window = dates(part);
  if (message && (window || !message.includes("{date}"))) return message.replace("{date}", window);
  if (item.state !== "preorder") return say(window ? "ships" : "unknown", { window });
  return window && part.earliest === part.latest ? say("preorder_day", { day: window }) : phrase("preorder", part);
};
export const most = (item) => (item.available_for_backorder === null ? Infinity : item.on_hand + item.available_for_backorder);
