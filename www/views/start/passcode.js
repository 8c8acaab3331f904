/** The passcode: four words drawn at random are offered. */

import { button, el } from "../../dom.js";
import { field } from "../../fields.js";
import { text } from "../../texts.js";
import { PASSCODE, checked, short } from "../checked.js";
import { drawn } from "./drawn.js";
import { titled } from "./titled.js";

/** @import { App } from "../../types.d.ts" */

/**
 * @param {App} app
 * @param {() => void} next
 */
export function passcodeStep(app, next) {
  const title = titled(text.start.passcodeTitle, 2);
  const warm = () => app.warm();
  const own = field({ label: text.fields.passcode, masked: true, hint: text.start.passcodeHint, enter: next, input: warm });
  const check = checked(own, short(PASSCODE));
  const four = drawn(text.start.offered, 4, false);
  const take = () => {
    own.input.value = four.words();
    own.input.dispatchEvent(new Event("input"));
    own.input.focus();
  };
  const root = el(
    "div",
    { class: "step" },
    title,
    el("p", {}, text.start.passcodeSays),
    el("p", { class: "small" }, text.start.passcodeKeeps),
    four.failed.root,
    four.root,
    el("div", { class: "row start" }, button(text.start.take, take), four.others),
    own.root,
  );
  return {
    root,
    title,
    value: () => own.value(),
    clear: () => own.clear(),
    restore: (/** @type {string} */ value) => {
      own.input.value = value;
    },
    passes: () => check.passes(),
  };
}
