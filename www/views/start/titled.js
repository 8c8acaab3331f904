/** The heading of one of the three steps. */

import { heading } from "../../dom.js";
import { fill, text } from "../../texts.js";

/**
 * @param {string} title
 * @param {number} step
 */
export function titled(title, step) {
  return heading(title, { "aria-description": fill(text.start.step, { step }) });
}
