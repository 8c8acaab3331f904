/** The safety words, and which of them the person has compared. */

import { el, setText } from "../dom.js";
import { fill, text } from "../texts.js";
import { wordsAt } from "../words.js";
import { nameOf, part, toggle } from "./parts.js";

/** @import { App, Room, SeatView } from "../types.d.ts" */

/** @param {App} app */
export function safety(app) {
  const rows = el("dl", { class: "safety" });
  const none = el("p", { class: "small" });
  const root = part(text.menu.words, el("p", { class: "small" }, text.menu.wordsSay), rows, none);
  let drawn = "";
  /** A switch for each of the others. @type {Map<number, ReturnType<typeof toggle>>} */
  const compared = new Map();

  const draw = async (/** @type {Room} */ room, /** @type {SeatView} */ { seat, words }) => {
    const name = nameOf(room, seat);
    const said = el("dd", { class: "said" }, (await wordsAt(words ?? [])).join(" "));
    if (seat !== room.me) {
      const mark = toggle(fill(text.menu.compared, { name }), "", () => app.act("compared", seat, mark.on()));
      compared.set(seat, mark);
      return [el("dt", {}, name), said, el("dd", {}, mark.root)];
    }
    return [el("dt", {}, name), said];
  };
  const mark = (/** @type {Room} */ room) => room.seats.forEach((seat) => compared.get(seat.seat)?.set(seat.compared));

  const update = async (/** @type {Room} */ room) => {
    const seats = room.seats.filter((seat) => seat.words !== null);
    const key = JSON.stringify([room.seats.map((seat) => [seat.words, seat.nickname])]);
    if (key === drawn) {
      return mark(room);
    }
    drawn = key;
    setText(none, seats.length < 2 ? text.menu.wordsNone : "");
    try {
      const found = await Promise.all(seats.map((seat) => draw(room, seat)));
      if (key === drawn) {
        rows.replaceChildren(...found.flat());
        mark(room);
      }
    } catch {
      drawn = "";
      setText(none, text.menu.wordsFailed);
    }
  };
  return { root, update };
}
