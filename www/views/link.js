/** A link that holds a single-use invitation, never the phrase: made only when it is asked for. */

import { button, el } from "../dom.js";
import { text } from "../texts.js";
import { readable } from "./parts.js";

/** @import { App, Room } from "../types.d.ts" */

/** @param {App} app */
export function byLink(app) {
  /** @type {Room["code"]} */
  let code = null;
  const make = button(text.link.make, () => {
    if (code) {
      app.act("invite", code.seat, true);
    }
  });
  const link = readable(text.link.link, "code");
  const leaves = el("p", { class: "small" }, text.link.leaves);
  const root = el("div", { class: "part" }, el("p", { class: "small" }, text.link.says), el("div", { class: "row start" }, make), link.root, leaves);
  return {
    root,
    update(/** @type {Room["code"]} */ fresh) {
      code = fresh;
      const invitation = code?.invitation ?? "";
      root.hidden = code === null;
      make.hidden = invitation !== "";
      link.root.hidden = invitation === "";
      leaves.hidden = invitation === "";
      link.show(invitation && `${location.origin}/#${invitation}`);
    },
  };
}
