/** Loads a wasm module, whose bytes must have the hash that the build noted. */

import { integrity } from "../integrity.js";

/**
 * @param {string} name
 * @param {(options: { module_or_path: Promise<Response> }) => Promise<unknown>} init what the wasm's module exports
 */
export async function load(name, init) {
  const path = `pkg/${name}_bg.wasm`;
  const pinned = integrity[path];
  if (!pinned) {
    throw new Error("the wasm is not pinned");
  }
  await init({ module_or_path: fetch(new URL(`../${path}`, import.meta.url), { integrity: pinned }) });
}
