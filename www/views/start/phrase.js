/** The phrase: six words drawn at random, or one's own with an estimate of what it takes to guess it. */

import { button, el, setText } from "../../dom.js";
import { field } from "../../fields.js";
import { announce } from "../../status.js";
import { estimator, inWords, isWeak } from "../../strength.js";
import { text } from "../../texts.js";
import { PHRASE, checked, short } from "../checked.js";
import { drawn } from "./drawn.js";
import { titled } from "./titled.js";

/** @import { App } from "../../types.d.ts" */

/** @param {App} app */
export function phraseStep(app) {
  const title = titled(text.start.phraseTitle, 1);
  const six = drawn(text.start.yourPhrase, 6);
  const own = ownPhrase(app);
  let mine = false;
  const swap = button(text.start.own, () => {
    mine = !mine;
    arrange();
  });
  const arrange = () => {
    six.root.hidden = mine;
    six.others.hidden = mine;
    own.root.hidden = !mine;
    swap.textContent = mine ? text.start.generated : text.start.own;
    if (mine) {
      own.begin();
    } else {
      own.rest();
    }
  };
  arrange();
  app.warm();
  const root = el(
    "div",
    { class: "step" },
    title,
    el("p", {}, text.start.phraseSays),
    six.failed.root,
    six.root,
    own.root,
    el("div", { class: "row start" }, six.others, swap),
  );
  return {
    root,
    title,
    value: () => (mine ? own.field.value() : six.words()),
    clear: () => own.field.clear(),
    restore: (/** @type {string} */ value) => {
      own.field.input.value = mine ? value : "";
    },
    rest: own.rest,
    passes() {
      if (!mine && !six.words()) {
        six.failed.say(text.start.phraseMissing);
      }
      return mine ? own.passes() : six.words() !== "";
    },
  };
}

/** @param {App} app */
function ownPhrase(app) {
  /** For which text the estimate is, and what it says; none if there is none. @type {{ of: string, guesses: number | null } | null} */
  let estimate = null;
  const ask = () => {
    app.warm();
    draw();
    if (phrase.value()) {
      meter.ask(phrase.value());
    }
  };
  const phrase = field({ label: text.fields.phrase, masked: true, hint: text.start.ownHint, input: ask });
  const check = checked(phrase, short(PHRASE));
  const says = el("p");
  const unknown = el("p", { class: "small" }, text.strength.unknown);
  const sure = el("input", { type: "checkbox", autocomplete: "off" });
  const weak = el("p", { class: "strong" }, text.strength.weak);
  const all = el("label", { class: "toggle" }, sure, el("span", {}, text.strength.sure));
  const meter = estimator((guesses) => {
    estimate = { of: phrase.value(), guesses };
    draw();
  });
  const isSure = () => estimate?.of === phrase.value() && estimate.guesses !== null && !isWeak(estimate.guesses);
  const draw = () => {
    const known = estimate !== null;
    const guesses = estimate?.guesses ?? null;
    const long = phrase.value() !== "" && check.problem() === "";
    setText(says, !long ? "" : !known ? text.strength.loading : guesses === null ? text.strength.failed : inWords(guesses));
    unknown.hidden = !long || guesses === null;
    weak.hidden = !long || !known || guesses === null || !isWeak(guesses);
    all.hidden = !long || !known || isSure();
  };
  draw();
  const root = el("div", { class: "stack" }, phrase.root, says, unknown, weak, all);
  return {
    root,
    field: phrase,
    /** Fetches the estimate, and goes to the field. */
    begin() {
      meter.ask(phrase.value());
      phrase.input.focus();
    },
    rest: () => meter.end(),
    passes() {
      if (!check.passes()) {
        return false;
      }
      if (isSure() || sure.checked) {
        return true;
      }
      all.hidden = false;
      announce(text.strength.tick);
      sure.focus();
      return false;
    },
  };
}
