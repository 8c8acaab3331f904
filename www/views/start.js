/** Starting a room: one question a screen, three screens; going back loses nothing. */

import { button, el, heading, redraw } from "../dom.js";
import { bytesOf, field } from "../fields.js";
import { fill, text } from "../texts.js";
import { draw } from "../words.js";
import { notice } from "./notice.js";
import { readable, span } from "./parts.js";

/** @import { App, Scene, View } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function start(app) {
  app.act("start");
  const said = notice();
  const bar = el("progress", { max: 3, value: 1, "aria-hidden": "true" });
  const phrase = phraseStep(app);
  const passcode = passcodeStep(app, () => go(2));
  const room = roomStep(() => create());
  const steps = [phrase, passcode, room];
  let at = 0;
  let tried = false;

  const go = (/** @type {number} */ to) => {
    const problem = to > at ? (steps[at]?.problem() ?? "") : "";
    said.say(problem);
    if (problem) {
      return;
    }
    if (to < 0) {
      app.show("entry");
      return;
    }
    at = to;
    bar.value = at + 1;
    steps.forEach((step, index) => {
      step.root.hidden = index !== at;
    });
    steps[at]?.title.focus();
  };
  const create = () => {
    const { lifetime, size, nickname } = room.values();
    const missing = steps.findIndex((step) => step.problem());
    if (missing >= 0) {
      go(missing);
      said.say(steps[missing]?.problem() ?? "");
    }
    if (lifetime === null || missing >= 0) {
      return;
    }
    tried = true;
    const shared = phrase.value();
    app.kept.phrase = shared;
    phrase.clear();
    app.act("create", bytesOf(shared), passcode.take(), bytesOf(nickname), size, lifetime);
  };
  steps.forEach((step, index) => {
    const forward = index < 2 ? button(text.next, () => go(index + 1), { class: "main" }) : room.create;
    step.root.append(el("div", { class: "actions" }, button(text.back, () => go(index - 1)), forward));
    step.root.hidden = index > 0;
  });
  const root = el("section", { class: "view" }, bar, said.root, ...steps.map((step) => step.root));
  return {
    root,
    focus: phrase.title,
    update(view) {
      room.update(view);
      if (view.failure && tried) {
        tried = false;
        go(view.failure === "bad-phrase" ? 0 : view.failure === "bad-nickname" ? 2 : 1);
        said.failure(view.failure);
      }
    },
  };
}

/**
 * @param {string} title
 * @param {number} step
 */
function titled(title, step) {
  return heading(title, { "aria-description": fill(text.start.step, { step }) });
}

/** @param {App} app */
function phraseStep(app) {
  const title = titled(text.start.phraseTitle, 1);
  const shown = readable(text.start.yourPhrase, "words");
  const failed = notice();
  const own = field({ label: text.fields.phrase, masked: true, hint: text.start.ownHint, input: () => app.warm() });
  let generated = "";
  let mine = false;
  const another = async () => {
    app.warm();
    try {
      generated = (await draw(6)).join(" ");
      failed.say("");
    } catch {
      failed.say(text.start.wordsFailed);
    }
    shown.show(generated);
  };
  const others = button(text.start.others, another);
  const swap = button(text.start.own, () => {
    mine = !mine;
    arrange();
  });
  const arrange = () => {
    shown.root.hidden = mine;
    others.hidden = mine;
    own.root.hidden = !mine;
    swap.textContent = mine ? text.start.generated : text.start.own;
    if (mine) {
      own.input.focus();
    }
  };
  arrange();
  void another();
  const root = el(
    "div",
    { class: "step" },
    title,
    el("p", {}, text.start.phraseSays),
    failed.root,
    shown.root,
    own.root,
    el("div", { class: "row start" }, others, swap),
  );
  const value = () => (mine ? own.value() : generated);
  return { root, title, value, clear: () => own.clear(), problem: () => (value().trim() ? "" : text.start.phraseMissing) };
}

/**
 * @param {App} app
 * @param {() => void} next
 */
function passcodeStep(app, next) {
  const title = titled(text.start.passcodeTitle, 2);
  const own = field({
    label: text.fields.passcode,
    masked: true,
    hint: text.start.passcodeHint,
    enter: next,
    input: () => app.warm(),
  });
  const offer = readable(text.start.offered, "words", false);
  const failed = notice();
  let offered = "";
  const another = async () => {
    try {
      offered = (await draw(4)).join(" ");
      failed.say("");
    } catch {
      failed.say(text.start.wordsFailed);
    }
    offer.show(offered);
  };
  void another();
  const take = () => {
    own.input.value = offered;
    app.warm();
    own.input.focus();
  };
  const root = el(
    "div",
    { class: "step" },
    title,
    el("p", {}, text.start.passcodeSays),
    failed.root,
    offer.root,
    el("div", { class: "row start" }, button(text.start.take, take), button(text.start.others, another)),
    own.root,
  );
  return { root, title, take: () => own.take(), problem: () => (own.value().trim() ? "" : text.start.passcodeMissing) };
}

/** @param {() => void} press */
function roomStep(press) {
  const title = titled(text.start.roomTitle, 3);
  const lifetimes = el("div", { class: "choices" });
  const waiting = el("p", { class: "small" }, text.start.waiting);
  const nickname = field({ label: text.fields.nickname, hint: text.fields.nicknameHint, enter: press });
  nickname.root.hidden = true;
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
  );
  const values = () => {
    const chosen = /** @type {HTMLInputElement | null} */ (lifetimes.querySelector("input:checked"));
    const many = Number(size.value) > 2;
    return { lifetime: chosen ? Number(chosen.value) : null, size: Number(size.value), nickname: many ? nickname.value() : "" };
  };
  const update = (/** @type {View} */ view) => {
    const offers = view.offers;
    waiting.hidden = offers !== null;
    create.disabled = offers === null;
    redraw(lifetimes, offers, () => (offers ? offers.lifetimes.map((each) => choice("lifetime", each, each === offers.lifetime)) : []));
  };
  return { root, title, create, values, update, problem: () => "" };
}

/**
 * @param {string} name
 * @param {number} seconds
 * @param {boolean} checked
 */
export function choice(name, seconds, checked) {
  const input = el("input", { type: "radio", name, value: seconds, autocomplete: "off", checked });
  return el("label", { class: "choice" }, input, el("span", {}, span(seconds)));
}
