/** A link that holds a single-use invitation, never the phrase, and its QR code: made only when they are asked for. */

import { button, el, setText } from "../dom.js";
import { text } from "../texts.js";
import { readable } from "./parts.js";
import { qr } from "./qr.js";

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
  const drawing = el("div", { class: "row start" });
  const seen = el("p", { class: "small" });
  const made = el("div", { class: "part" }, link.root, el("p", { class: "small" }, text.link.leaves), drawing, seen);
  const root = el("div", { class: "part" }, el("p", { class: "small" }, text.link.says), el("div", { class: "row start" }, make), made);
  let shown = "";
  const show = async (/** @type {string} */ address) => {
    if (address === shown) {
      return;
    }
    shown = address;
    link.show(address);
    drawing.replaceChildren();
    setText(seen, "");
    if (address === "") {
      return;
    }
    const code = await qr(address, text.link.qr).catch(() => null);
    if (address === shown) {
      drawing.replaceChildren(...(code ? [code] : []));
      setText(seen, code ? text.link.seen : text.link.failed);
    }
  };
  return {
    root,
    update(/** @type {Room["code"]} */ fresh) {
      code = fresh;
      const invitation = code?.invitation ?? "";
      root.hidden = code === null;
      make.hidden = invitation !== "";
      made.hidden = invitation === "";
      void show(invitation && `${new URL(".", location.href)}#${invitation}`);
    },
  };
}
