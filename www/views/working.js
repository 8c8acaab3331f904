/** While something is being done: what, and why it takes its time. */

import { button, el, heading, setText } from "../dom.js";
import { text } from "../texts.js";
import { whyLost } from "./parts.js";

/** @import { App, Scene, Work } from "../types.d.ts" */

/** @type {Work[]} */
const STEPS = ["connecting", "stretching-phrase", "stretching-passcode", "puzzle", "asking"];

/**
 * @param {App} app
 * @returns {Scene}
 */
export function working(app) {
  const title = heading(text.working.title);
  const bar = el("progress", { max: STEPS.length, value: 0, "aria-label": text.working.title });
  const doing = el("p", { "aria-live": "polite" });
  const root = el(
    "section",
    { class: "view working" },
    title,
    bar,
    doing,
    el("p", { class: "small" }, text.working.slow),
    el("div", { class: "actions" }, button(text.cancel, () => app.cancel())),
  );
  return {
    root,
    focus: title,
    update(view) {
      if (view.work) {
        bar.value = Math.max(bar.value, STEPS.indexOf(view.work) + 0.5);
        setText(doing, whyLost(view) || text.working[view.work]);
      }
    },
  };
}
