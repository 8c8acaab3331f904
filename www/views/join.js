/** Joining with a code that someone in the room handed over. */

import { button, el, heading } from "../dom.js";
import { bytesOf, field } from "../fields.js";
import { text } from "../texts.js";
import { notice } from "./notice.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function join(app) {
  const send = () => {
    app.act("join", phrase.take(), passcode.take(), code.take(), bytesOf(nickname.value()));
  };
  const warm = () => app.warm();
  const nickname = field({ label: text.fields.nickname, hint: text.fields.nicknameMaybe, enter: send });
  const passcode = field({ label: text.fields.passcode, masked: true, enter: () => nickname.input.focus(), input: warm });
  const code = field({ label: text.fields.code, enter: () => passcode.input.focus(), input: warm });
  const phrase = field({ label: text.fields.phrase, masked: true, enter: () => code.input.focus(), input: warm });
  const said = notice();
  const title = heading(text.join.title);
  const root = el(
    "section",
    { class: "view" },
    title,
    el("p", {}, text.join.says),
    said.root,
    phrase.root,
    code.root,
    passcode.root,
    nickname.root,
    el("div", { class: "actions" }, button(text.back, () => app.show("entry")), button(text.join.join, send, { class: "main" })),
  );
  return { root, focus: title, update: (view) => said.failure(view.failure) };
}
