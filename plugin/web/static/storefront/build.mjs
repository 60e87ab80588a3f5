// node build.mjs: builds the pieces into files named by their digest, and writes build.json.
// Needs terser (npm install --no-save terser@5); nothing else of the project needs Node.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const built = {};
/* Names of our own that the pieces share: short ones when built. None is a name of the browser's or of an answer's. */
const OWN = /^(all|one|make|write|saidOf|sentence|most|known|itemsOf|idOf|isHidden|quietly|base|rules|load|soon|fit|slots|said|opened|hint|asks|root|variant|invite|describe)$/;
const nameCache = {};
const digest = (content, kind, encoding) => createHash(kind).update(content).digest(encoding);

async function build(name, { kind, PIECES }) {
  const source = readFileSync(join(here, `${name}.js`));
  const compress = { passes: 3, unsafe: true, unsafe_arrows: true, global_defs: { PIECES } };
  const { code } = await minify(source.toString(), { ecma: 2020, compress, mangle: { properties: { regex: OWN } }, nameCache });
  const file = `${name}.${digest(code, "sha256", "hex").slice(0, 12)}.js`;
  const integrity = `${kind}-${digest(code, kind, "base64")}`;
  writeFileSync(join(here, file), code);
  built[name] = { file, integrity, source: digest(source, "sha256", "hex") };
  return file.split(".")[1] + integrity.split("-")[1].replace("=", "");
}

// The shorter digest is as good a guard; it stands in the script that every page loads, after the file's own, without "=".
const PIECES = {};
for (const name of ["product", "lists", "cart", "waitlist"]) PIECES[name] = await build(name, { kind: "sha256" });
await build("backorder", { kind: "sha384", PIECES });
writeFileSync(join(here, "build.json"), `${JSON.stringify(built, null, 2)}\n`);
