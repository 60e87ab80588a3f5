// node build.mjs: builds the three pieces into files named by their digest, and writes build.json.
// Needs esbuild (npm install --no-save esbuild@0.25); nothing else of the project needs Node.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const built = {};

function build(name, define = {}) {
  const source = join(here, `${name}.js`);
  const options = { entryPoints: [source], minify: true, target: "es2020", charset: "utf8", define, write: false };
  const [{ contents }] = buildSync(options).outputFiles;
  const digest = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const file = `${name}.${digest}.js`;
  const integrity = `sha384-${createHash("sha384").update(contents).digest("base64")}`;
  writeFileSync(join(here, file), contents);
  built[name] = { file, integrity, source: createHash("sha256").update(readFileSync(source)).digest("hex") };
  return { [`${name.toUpperCase()}_FILE`]: JSON.stringify(file), [`${name.toUpperCase()}_INTEGRITY`]: JSON.stringify(integrity) };
}

build("backorder", { ...build("cart"), ...build("waitlist") });
writeFileSync(join(here, "build.json"), `${JSON.stringify(built, null, 2)}\n`);
