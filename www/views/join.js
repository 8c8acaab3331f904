/** Joining with a code that someone in the room handed over, or with what an invitation held: then only the passcode is asked for. */

import { button, el, heading } from "../dom.js";
import { bytesOf, field } from "../fields.js";
import { PASTED, pasted } from "../pasting.js";
import { announce } from "../status.js";
import { text } from "../texts.js";
import { PASSCODE, checked, isCode, short } from "./checked.js";
import { notice } from "./notice.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function join(app) {
  const { invited } = app.kept;
  const send = () => {
    if (!checks.every((each) => each.passes())) {
      return;
    }
    const known = invited ? [invited.phrase.slice(), bytesOf(invited.code)] : [phrase.take(), code.take()];
    app.act("join", known[0], passcode.take(), known[1], bytesOf(nickname.value()));
  };
  const warm = () => app.warm();
  const nickname = field({ label: text.fields.nickname, hint: text.fields.nicknameMaybe, enter: send });
  const passcode = field({ label: text.fields.passcode, masked: true, enter: () => (invited ? send : () => nickname.input.focus())(), input: warm });
  const code = field({ label: text.fields.code, enter: () => passcode.input.focus(), input: warm });
  const phrase = field({ label: text.fields.phrase, masked: true, enter: () => code.input.focus(), input: warm });
  const checks = [checked(passcode, short(PASSCODE))];
  if (!invited) {
    checks.unshift(checked(phrase, short(1), false), checked(code, isCode, false));
  }
  const said = notice();
  const title = heading(invited ? text.invitation.joinTitle : text.join.title);
  const named = button(text.invitation.name, () => {
    named.hidden = true;
    nickname.root.hidden = false;
    nickname.input.focus();
  });
  named.hidden = invited === null;
  nickname.root.hidden = invited !== null;
  const root = el(
    "section",
    { class: invited ? "view" : "view join", on: { [PASTED]: () => fillIn() } },
    title,
    el("p", {}, invited ? text.invitation.joinSays : text.join.says),
    said.root,
    !invited && phrase.root,
    !invited && code.root,
    passcode.root,
    el("div", { class: "row start" }, named),
    nickname.root,
    el("div", { class: "actions" }, button(text.back, () => app.show("entry")), button(text.join.join, send, { class: "main" })),
  );
  const fillIn = () => {
    const given = invited ? null : pasted();
    if (given) {
      phrase.input.value = given.phrase;
      code.input.value = given.code;
      warm();
      passcode.input.focus();
      announce(text.join.filled);
    }
    return given !== null;
  };
  const isFilled = fillIn();
  return {
    root,
    focus: isFilled ? passcode.input : title,
    update: ({ failure }) => said.failure(invited && failure === "refused" ? "no-invitation" : failure),
  };
}
