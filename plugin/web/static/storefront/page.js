/* The page our script stands on: finding, writing and making its elements. */
export const page = document;
const own = page.currentScript?.src;
/* Where our server keeps what belongs to this store: beside the script itself. */
export const base = own?.slice(0, own.lastIndexOf("/") + 1);

export const all = (selector, scope = page) => [...scope.querySelectorAll(selector)];
export const one = (selector, scope = page) => scope.querySelector(selector);
export const quietly = (work) => Promise.resolve().then(work).catch(() => {});
export const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
/* Asked of the styles that themes write, not of the layout: that would have to be made first. */
export const isHidden = (node) => node.closest('[hidden],[style*="display: none"],[style*="display:none"]');
export const make = (tag, className, parent, textContent = "") => {
  const node = Object.assign(page.createElement(tag), { className, textContent });
  parent?.append(node);
  return node;
};
/* Rules come with the piece whose elements need them. */
export const rules = (text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  page.adoptedStyleSheets.push(sheet);
};
