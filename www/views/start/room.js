/** How long a room lives, for how many it is, and the word that some relays ask for before they make one. */

import { button, el, redraw, setText } from "../../dom.js";
import { field } from "../../fields.js";
import { text } from "../../texts.js";
import { checked } from "../checked.js";
import { span, whyLost } from "../parts.js";
import { titled } from "./titled.js";

/** @import { View } from "../../types.d.ts" */

/** @param {() => void} press */
export function roomStep(press) {
  const title = titled(text.start.roomTitle, 3);
  const lifetimes = el("div", { class: "choices" });
  const waiting = el("p", { class: "small", role: "status" });
  const nickname = field({ label: text.fields.nickname, hint: text.fields.nicknameHint, enter: press });
  nickname.root.hidden = true;
  const word = field({ label: text.start.word, masked: true, hint: text.start.wordHint, enter: press });
  const check = checked(word, (value) => (value.trim() ? "" : text.start.wordMissing), false);
  word.root.hidden = true;
  const size = el("select", {
    id: "size",
    autocomplete: "off",
    on: {
      change: () => {
        nickname.root.hidden = size.value === "2";
      },
    },
  });
  size.append(...[2, 3, 4, 5, 6, 7, 8].map((count) => el("option", { value: count }, String(count))));
  const create = button(text.start.create, press, { class: "main", disabled: true });
  const root = el(
    "div",
    { class: "step" },
    title,
    el("fieldset", {}, el("legend", {}, text.start.lifetime), waiting, lifetimes, el("p", { class: "small" }, text.start.lifetimeHint)),
    el("div", { class: "field" }, el("label", { for: "size" }, text.start.size), size, el("p", { class: "small" }, text.start.sizeHint)),
    nickname.root,
    word.root,
  );
  const values = () => {
    const chosen = /** @type {HTMLInputElement | null} */ (lifetimes.querySelector("input:checked"));
    const many = Number(size.value) > 2;
    return {
      lifetime: chosen ? Number(chosen.value) : null,
      size: Number(size.value),
      nickname: many ? nickname.value() : "",
      word: word.root.hidden ? "" : word.value().trim(),
    };
  };
  const update = (/** @type {View} */ view) => {
    const offers = view.offers;
    waiting.hidden = offers !== null;
    setText(waiting, whyLost(view) || text.start.waiting);
    create.disabled = offers === null;
    word.root.hidden = !offers?.word;
    redraw(lifetimes, offers, () => (offers ? offers.lifetimes.map((each) => choice("lifetime", each, each === offers.lifetime)) : []));
  };
  return { root, title, create, values, update, passes: () => word.root.hidden || check.passes() };
}

/**
 * @param {string} name
 * @param {number} seconds
 * @param {boolean} checked
 */
function choice(name, seconds, checked) {
  const input = el("input", { type: "radio", name, value: seconds, autocomplete: "off", checked });
  return el("label", { class: "choice" }, input, el("span", {}, span(seconds)));
}
