/* What few pages need is fetched when it is needed, from beside this script and with its own digest. */
import { all, base, make, one, page, quietly, rules, write } from "./page.js";
import { answerOf, itemsOf } from "./questions.js";
import { forgetOwn } from "./watch.js";
import { dates, listed, say, saidOf, split, words } from "./words.js";

/* global PIECES: the fetched pieces by name, each with the digest of its content, put in by the build. */
export const pieces = {}; // each is given our tools and answers what it can do
const tools = { all, one, make, write, say, dates, split, saidOf, listed, itemsOf, answerOf, quietly, base, rules, words };
const begun = {};
export const load = (name) => (begun[name] ||= new Promise((done, fail) => {
  const sum = PIECES[name];
  page.head.append(Object.assign(page.createElement("script"), {
    src: `${base}${name}.${sum.slice(0, 16).replace(/\W/g, "")}.js`,
    integrity: `sha256-${sum}=`,
    crossOrigin: "",
    onload: () => done(pieces[name](tools)),
    onerror: fail,
  }));
  forgetOwn();
}));
