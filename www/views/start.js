/** Starting a room: one question a screen, three screens; going back loses nothing. */

import { button, el } from "../dom.js";
import { bytesOf } from "../fields.js";
import { text } from "../texts.js";
import { notice } from "./notice.js";
import { passcodeStep } from "./start/passcode.js";
import { phraseStep } from "./start/phrase.js";
import { roomStep } from "./start/room.js";

/** @import { App, Failure, Scene } from "../types.d.ts" */

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
  /** What was sent off, until it is known what became of it. @type {[phrase: string, passcode: string] | null} */
  let sent = null;

  const go = (/** @type {number} */ to) => {
    said.say("");
    if (to > at && !steps[at]?.passes()) {
      return;
    }
    if (to < 0) {
      app.show("entry");
      return;
    }
    phrase.rest();
    at = to;
    bar.value = at + 1;
    steps.forEach((step, index) => {
      step.root.hidden = index !== at;
    });
    steps[at]?.title.focus();
  };
  const create = () => {
    const { lifetime, size, nickname, word } = room.values();
    if (lifetime === null || !room.passes()) {
      return;
    }
    sent = [phrase.value(), passcode.value()];
    app.kept.phrase = sent[0];
    phrase.clear();
    passcode.clear();
    app.act("create", bytesOf(sent[0]), bytesOf(sent[1]), bytesOf(nickname), size, lifetime, bytesOf(word));
  };
  const failed = (/** @type {Failure} */ failure) => {
    if (sent) {
      phrase.restore(sent[0]);
      passcode.restore(sent[1]);
      sent = null;
      const isPhrase = failure === "bad-phrase" || failure === "refused";
      go(isPhrase ? 0 : failure === "bad-passcode" ? 1 : 2);
      said.say(failure === "refused" ? text.start.refused : text.failure[failure]);
    }
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
      if (view.failure) {
        failed(view.failure);
      }
    },
    leave: () => phrase.rest(),
  };
}
