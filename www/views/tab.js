/** What this tab shows and tells, in the room's menu: a switch for each. Nothing of it is stored. */

import { el, freshId } from "../dom.js";
import { IDLE, choices } from "../idle.js";
import { tone } from "../sound.js";
import { text } from "../texts.js";
import { part, span, toggle } from "./parts.js";

/** @import { App, Room } from "../types.d.ts" */

/**
 * @param {App} app
 */
export function tab(app) {
  const habits = () => app.act("habits", receipts.on(), typing.on());
  const receipts = toggle(text.tab.receipts, text.tab.receiptsSay, habits);
  const typing = toggle(text.tab.typing, "", habits);
  const cover = toggle(text.tab.cover, text.tab.coverSays, () => app.act("cover", cover.on()));
  const idle = el("select", { id: freshId(), autocomplete: "off", on: { change: () => {
    choices(app).idle = Number(idle.value);
  } } }, ...IDLE.map((each) => el("option", { value: each }, each === 0 ? text.tab.never : span(each))));
  const hidden = toggle(text.tab.hidden, "", () => {
    choices(app).hidden = hidden.on();
  });
  const sound = toggle(text.tab.sound, text.tab.soundSays, () => {
    choices(app).sound = sound.on();
    if (sound.on()) {
      tone();
    }
  });
  const root = part(
    text.tab.title,
    el("p", { class: "small" }, text.tab.says),
    receipts.root,
    typing.root,
    cover.root,
    el("div", { class: "field" }, el("label", { for: idle.id }, text.tab.idle), idle),
    hidden.root,
    sound.root,
  );
  const update = (/** @type {Room} */ room) => {
    const mine = room.seats[room.me];
    receipts.set(mine?.receipts ?? true);
    typing.set(mine?.typing ?? true);
    cover.set(room.cover);
    idle.value = String(choices(app).idle);
    hidden.set(choices(app).hidden);
    sound.set(choices(app).sound);
  };
  return { root, update };
}
