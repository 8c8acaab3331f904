/** The entry form: two fields, and nothing that tells whether it was ever used. */

import { button, el, heading } from "../dom.js";
import { field } from "../fields.js";
import { language, text } from "../text.js";
import { notice } from "./notice.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function entry(app) {
  const open = () => {
    app.act("open", phrase.take(), passcode.take());
  };
  const warm = () => app.warm();
  const passcode = field({ label: text.fields.passcode, masked: true, enter: open, input: warm });
  const phrase = field({ label: text.fields.phrase, masked: true, enter: () => passcode.input.focus(), input: warm });
  const said = notice();
  const title = heading(text.mark, { class: "mark" });
  const root = el(
    "section",
    { class: "view entry" },
    title,
    said.root,
    phrase.root,
    passcode.root,
    el("div", { class: "actions" }, button(text.entry.open, open, { class: "main" })),
    el(
      "div",
      { class: "quiet" },
      button(text.entry.start, () => app.show("start")),
      button(text.entry.join, () => app.show("join")),
      el("a", { href: language === "de" ? "about.de" : "about" }, text.entry.about),
    ),
  );
  return {
    root,
    focus: title,
    update: (view) => (view.failure || !app.kept.notice ? said.failure(view.failure) : said.say(app.kept.notice)),
  };
}
