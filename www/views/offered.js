/** A draft that the page kept while its room was away. */

import { button, el } from "../dom.js";
import { text } from "../texts.js";

/** @import { App, Room } from "../types.d.ts" */

/**
 * Offers a draft that outlived its worker. It is offered, not put in: the page cannot know whether this is the room
 * that it was meant for.
 * @param {App} app
 * @param {(draft: string) => void} take
 */
export function offered(app, take) {
  const answer = (/** @type {boolean} */ yes) => {
    const draft = app.kept.draft ?? "";
    app.kept.draft = null;
    root.hidden = true;
    if (yes) {
      take(draft);
    }
  };
  const root = el(
    "div",
    { class: "offer", hidden: true },
    el("p", { class: "small" }, text.composer.kept),
    el("div", { class: "actions" }, button(text.composer.discard, () => answer(false)), button(text.composer.putBack, () => answer(true))),
  );
  const update = (/** @type {Room} */ room) => {
    root.hidden = app.kept.draft === null || !room.canSend;
  };
  return { root, update };
}
