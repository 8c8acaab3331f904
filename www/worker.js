/** The worker: loads the wasm, whose bytes must have the hash that the build noted. */
import { integrity } from "./integrity.js";
import init from "./pkg/sotto.js";

const name = "pkg/sotto_bg.wasm";
const wasm = fetch(new URL(`./${name}`, import.meta.url), { integrity: integrity[name] });

try {
  await init({ module_or_path: wasm });
  postMessage({ ready: true });
} catch (error) {
  postMessage({ ready: false, error: String(error) });
}
