// node build.mjs: builds the script and its pieces into files named by their digest, packed ones beside them, and writes
// build.json. Needs esbuild and terser (npm install --no-save esbuild terser@5); nothing else of the project needs Node.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const built = {};
/* Chromium then compiles all of it while it comes, beside the page's own thread. */
const EAGER = "//# allFunctionsCalledOnLoad\n";
/* Names of our own that the pieces share: short ones when built. None is a name of the browser's or of an answer's. */
const OWN = /^(all|one|make|saidOf|listed|itemsOf|answerOf|quietly|base|slots|said|opened|hint|asks|root|offer|variant|invite|describe)$/;
const nameCache = {};
const digest = (content, kind, encoding) => createHash(kind).update(content).digest(encoding);

/* Answers the digest of its content, by which the script that every page loads knows its name and guards it. */
async function build(name, { kind, PIECES }) {
  const bundling = { entryPoints: [join(here, `${name}.js`)], absWorkingDir: here, bundle: true, write: false, metafile: true, format: "iife", target: "es2022" };
  const { outputFiles: [{ text }], metafile } = await bundle(bundling);
  const compress = { passes: 3, unsafe: true, unsafe_arrows: true, global_defs: { PIECES } };
  const { code: minified } = await minify(text, { ecma: 2020, compress, mangle: { properties: { regex: OWN } }, nameCache });
  const code = EAGER + minified;
  const sum = digest(code, kind, "base64");
  const file = `${name}.${sum.slice(0, 16).replace(/\W/g, "")}.js`;
  writeFileSync(join(here, file), code);
  writeFileSync(join(here, `${file}.br`), brotliCompressSync(code));
  const sources = Object.keys(metafile.inputs).sort();
  const source = digest(Buffer.concat(sources.map((each) => readFileSync(join(here, each)))), "sha256", "hex");
  built[name] = { file, integrity: `${kind}-${sum}`, sources, source };
  return sum.replace("=", "");
}

// The shorter digest is as good a guard for the pieces; it stands in the script that every page loads, without its "=".
const PIECES = {};
for (const name of ["search", "cart", "waitlist"]) PIECES[name] = await build(name, { kind: "sha256" });
await build("backorder", { kind: "sha384", PIECES });
writeFileSync(join(here, "build.json"), `${JSON.stringify(built, null, 2)}\n`);
