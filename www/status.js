/** Says changes to those who do not see them. The region stands in the document from the start. */

import { el } from "./dom.js";

const KEPT = 3;

function region() {
  return /** @type {HTMLElement} */ (document.getElementById("status"));
}

/**
 * Adds a sentence; a screen reader says it after those before it.
 * @param {string} sentence
 */
export function announce(sentence) {
  const place = region();
  place.append(el("p", {}, sentence));
  while (place.childElementCount > KEPT) {
    place.firstElementChild?.remove();
  }
}

/** Empties the region, as when the page is locked. */
export function hush() {
  region().replaceChildren();
}
