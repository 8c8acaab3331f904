/** An invitation, by its link: nothing of it is fetched until it is asked for. */

import { button, el, heading } from "../dom.js";
import { bytesOf } from "../fields.js";
import { text } from "../texts.js";
import { notice } from "./notice.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function invitation(app) {
  const open = () => {
    app.act("redeem", bytesOf(app.kept.invitation ?? ""));
  };
  const said = notice();
  const title = heading(text.invitation.title);
  const root = el(
    "section",
    { class: "view" },
    title,
    el("p", {}, text.invitation.says),
    el("p", { class: "small" }, text.invitation.history),
    said.root,
    el("div", { class: "actions" }, button(text.back, () => app.show("entry")), button(text.invitation.open, open, { class: "main" })),
  );
  return { root, focus: title, update: (view) => said.failure(view.failure) };
}
