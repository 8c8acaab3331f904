/** What a phrase or passcode that is made up must have. Those that exist open with whatever they have. */

import { el, freshId, setText } from "../dom.js";
import { bytesOf } from "../fields.js";
import { announce } from "../status.js";
import { count, fill, text } from "../texts.js";

/** @import { Field } from "../fields.js" */

/** Characters, at least. */
export const PHRASE = 20;
export const PASSCODE = 8;
/** UTF-8 bytes, at most. */
const LONGEST = 256;
/** What cannot be used, as far as this browser knows Unicode; the stretcher has the last word. */
const UNUSABLE = /[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u;

/**
 * Asks for a text of so many characters that can be used: a sentence if it is not one.
 * @param {number} least
 */
export const short = (least) => (/** @type {string} */ value) => {
  const trimmed = value.normalize("NFKC").trim();
  const missing = least - [...trimmed].length;
  if (UNUSABLE.test(trimmed)) {
    return text.checked.unusable;
  }
  if (bytesOf(value).length > LONGEST) {
    return fill(text.checked.long, { most: LONGEST });
  }
  return missing > 0 ? count(text.checked.short, missing, { least: String(least) }) : "";
};

/** Asks for a one-time code, as forgiving as the session is: a sentence if it is none. */
export const isCode = (/** @type {string} */ value) =>
  /^[0-7OIL][0-9A-TV-Z]{10}$/i.test(value.replace(/[\s\u2010-\u2015-]/g, "")) ? "" : text.failure["bad-code"];

/**
 * Says beside a field why its value cannot be used: quietly while it is being typed, aloud where it is to be used.
 * @param {Field} field
 * @param {(value: string) => string} problemOf
 * @param {boolean} [early] whether anything is said while it is being typed
 */
export function checked({ input, root }, problemOf, early = true) {
  const said = el("p", { class: "small", id: freshId() });
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), said.id].filter(Boolean).join(" "));
  root.append(said);
  const problem = () => problemOf(input.value);
  const show = (/** @type {string} */ sentence, /** @type {boolean} */ aloud) => {
    setText(said, sentence);
    said.hidden = sentence === "";
    said.className = aloud ? "notice" : "small";
    input.setAttribute("aria-invalid", String(aloud && sentence !== ""));
  };
  show("", false);
  input.addEventListener("input", () => show(input.value && early ? problem() : "", false));
  return {
    problem,
    /** Whether the value can be used; says so and goes to the field if it cannot. */
    passes() {
      const sentence = problem();
      show(sentence, true);
      if (sentence) {
        announce(sentence);
        input.focus();
        // Also where it had the focus already: the sentence is not to stay under what sticks to the bottom.
        root.scrollIntoView({ block: "nearest" });
      }
      return sentence === "";
    },
  };
}
