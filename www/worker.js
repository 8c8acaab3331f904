/** The script of both workers: loads the wasm, whose bytes must have the hash that the build noted, and takes its role. */

import { integrity } from "./integrity.js";
import init from "./pkg/sotto.js";
import { session } from "./worker/session.js";
import { stretcher } from "./worker/stretcher.js";

const NAME = "pkg/sotto_bg.wasm";

async function load() {
  const pinned = integrity[NAME];
  if (!pinned) {
    throw new Error("the wasm is not pinned");
  }
  await init({ module_or_path: fetch(new URL(`./${NAME}`, import.meta.url), { integrity: pinned }) });
}

if (self.name === "stretcher") {
  stretcher(load());
} else {
  session(load());
}
