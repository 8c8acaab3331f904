/** What a form says above its fields: why something failed, or what happened before. */

import { el, setText } from "../dom.js";
import { text } from "../text.js";

/** @import { Failure } from "../types.d.ts" */

/** A place for one sentence that says why something did not work. */
export function notice() {
  const root = el("p", { class: "notice", role: "alert", hidden: true });
  const say = (/** @type {string} */ sentence) => {
    root.hidden = sentence === "";
    setText(root, sentence);
  };
  return { root, say, failure: (/** @type {Failure | null} */ kind) => say(kind ? text.failure[kind] : "") };
}
