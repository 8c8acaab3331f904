/** Text fields that nobody remembers: no browser, no password manager, no spell checker. */

import { el, freshId } from "./dom.js";
import { fill, text } from "./text.js";

/** What tells browsers and password managers to keep out. */
const ALONE = Object.freeze({
  autocomplete: "off",
  autocorrect: "off",
  autocapitalize: "none",
  spellcheck: "false",
  writingsuggestions: "false",
  translate: "no",
  "data-1p-ignore": "",
  "data-bwignore": "",
  "data-dashlane-ignore": "",
  "data-form-type": "other",
  "data-keeper-ignore": "",
  "data-lpignore": "true",
  "data-np-ignore": "",
  "data-protonpass-ignore": "true",
});

/**
 * A field with its label.
 * @typedef {object} Field
 * @property {HTMLElement} root
 * @property {HTMLInputElement} input
 * @property {() => string} value
 * @property {() => Uint8Array<ArrayBuffer>} take gives the value as bytes and empties the field
 * @property {() => void} clear
 */

/**
 * @param {{ label: string, masked?: boolean, hint?: string, enter?: () => void, input?: () => void }} options
 * @returns {Field}
 */
export function field({ label, masked = false, hint = "", enter, input: changed }) {
  const id = freshId();
  const input = el("input", {
    id,
    type: "text",
    ...ALONE,
    class: masked ? "masked" : null,
    "aria-describedby": hint ? `${id}-hint` : null,
    on: {
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter" && !event.isComposing) {
          event.preventDefault();
          enter?.();
        }
      },
      input: () => changed?.(),
    },
  });
  const clear = () => {
    input.value = "";
  };
  const root = el(
    "div",
    { class: "field" },
    el("label", { for: id }, label),
    el("div", { class: "box" }, input, masked && eye(input, label)),
    hint && el("p", { class: "small", id: `${id}-hint` }, hint),
  );
  return { root, input, clear, value: () => input.value, take: () => take(input) };
}

/**
 * The composer's box: several lines, seen, and as much left alone.
 * @param {{ label: string, describedBy?: string }} options
 */
export function area({ label, describedBy }) {
  return el("textarea", {
    "aria-label": label,
    "aria-describedby": describedBy,
    rows: 2,
    dir: "auto",
    ...ALONE,
  });
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @returns {Uint8Array<ArrayBuffer>}
 */
function take(input) {
  const bytes = bytesOf(input.value);
  input.value = "";
  return bytes;
}

/**
 * @param {string} value
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(value) {
  return new TextEncoder().encode(value);
}

/**
 * Shows what is typed, until it is pressed again.
 * @param {HTMLInputElement} input
 * @param {string} label
 */
function eye(input, label) {
  const button = el("button", { type: "button", class: "eye", "aria-label": fill(text.fields.show, { name: label }) }, drawing());
  button.addEventListener("click", () => {
    const shown = !input.classList.toggle("masked");
    button.setAttribute("aria-label", fill(shown ? text.fields.hide : text.fields.show, { name: label }));
    button.classList.toggle("open", shown);
  });
  return button;
}

const SVG = "http://www.w3.org/2000/svg";

function drawing() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const [kind, d] of [
    ["", "M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12Z"],
    ["", "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z"],
    ["closed", "M4.5 4.5l15 15"],
  ]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d ?? "");
    path.setAttribute("class", kind ?? "");
    svg.append(path);
  }
  return svg;
}
