/** The views behind the entry form: fetched as soon as the form works, each pinned like those that came with the page. */

import { integrity } from "./integrity.js";

/** @type {ReturnType<typeof load> | null} */
let views = null;

/** The views, once they are there; rejected if one did not come whole. */
export function later() {
  views ??= load().catch((error) => {
    views = null;
    throw error;
  });
  return views;
}

async function load() {
  const paths = Object.keys(integrity).filter((path) => /\.(js|css)$/.test(path));
  await Promise.all(paths.map(pinned));
  return import("./views/all.js");
}

/**
 * A stylesheet stays. An import has no room for a hash, but takes the module that a preload brought in and checked.
 * @param {string} path
 */
function pinned(path) {
  const link = document.createElement("link");
  const style = path.endsWith(".css");
  link.rel = style ? "stylesheet" : "modulepreload";
  link.crossOrigin = "anonymous";
  link.integrity = integrity[path] ?? "";
  link.href = new URL(path, import.meta.url).href;
  const whole = new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(`${path} did not come whole`)));
  });
  document.head.append(link);
  return whole.finally(() => style || link.remove());
}
