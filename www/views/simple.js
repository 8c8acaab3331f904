/** Views of a sentence and a button or two: choosing a place, locked, ended. */

import { button, el, heading, redraw, setText } from "../dom.js";
import { field } from "../fields.js";
import { count, fill, text } from "../texts.js";
import { wipe } from "../wipe.js";
import { notice } from "./notice.js";
import { draft } from "./unable.js";

/** @import { App, Scene } from "../types.d.ts" */

/** So many wrong passcodes clear a locked tab. */
const TRIES = 5;

/**
 * @param {App} app
 * @returns {Scene}
 */
export function choose(app) {
  const title = heading(text.choose.title);
  const places = el("div", { class: "stack" });
  const root = el(
    "section",
    { class: "view" },
    title,
    el("p", {}, text.choose.says),
    places,
    el("div", { class: "actions" }, button(text.cancel, () => app.cancel())),
  );
  return {
    root,
    focus: title,
    update(view) {
      redraw(places, view.choices, () => view.choices.map((seat) => button(fill(text.choose.seat, { number: seat + 1 }), () => app.act("choose", seat))));
    },
  };
}

/**
 * @param {App} app
 * @returns {Scene}
 */
export function locked(app) {
  const resume = () => app.resume(passcode.take());
  const passcode = field({ label: text.fields.passcode, masked: true, enter: resume, input: () => app.warm() });
  const said = notice();
  const left = el("div", {});
  const root = el(
    "section",
    { class: "view entry" },
    heading(text.mark, { class: "mark" }),
    said.root,
    left,
    passcode.root,
    el("div", { class: "actions" }, button(text.locked.resume, resume, { class: "main" })),
    el("details", {}, el("summary", { class: "small" }, text.locked.forgot), el("p", { class: "small" }, text.locked.forgotSays)),
    el("div", { class: "quiet" }, button(text.locked.clear, () => wipe(app))),
  );
  return {
    root,
    focus: passcode.input,
    occupied: () => said.say(text.occupied),
    update(view) {
      redraw(left, [view.failure, app.kept.draft], () => [view.failure === "version" && draft(app)]);
      const tries = TRIES - app.kept.wrong;
      if (tries === 0) {
        wipe(app);
      } else if (view.failure === "wrong-passcode") {
        said.say(`${text.failure[view.failure]} ${count(text.locked.left, tries)}`);
      } else if (view.failure === "refused") {
        said.say(text.locked.over);
      } else {
        said.say(view.failure ? text.failure[view.failure] : (app.kept.notice ?? ""));
      }
    },
  };
}

/**
 * @param {App} app
 * @returns {Scene}
 */
export function ended(app) {
  const title = heading(text.ended.title);
  const says = el("p", { class: "large" });
  const last = el("div", { class: "log" });
  const root = el(
    "section",
    { class: "view" },
    title,
    says,
    last,
    el("p", { class: "small" }, text.ended.traces),
    el("div", { class: "actions" }, button(text.back, () => app.clear(), { class: "main" })),
  );
  return {
    root,
    focus: title,
    update(view) {
      if (view.ending) {
        setText(says, text.ended[view.ending]);
      }
      // Where nobody proved the end, what stood there last is still shown.
      const standing = view.room?.message?.text ?? null;
      redraw(last, standing, () => (standing === null ? [] : [el("p", { class: "small" }, text.ended.last), el("p", { class: "text", dir: "auto" }, standing)]));
    },
  };
}
