/** The room: who is here, the one message, and what there is to do. */

import { button, el, heading, redraw, setText } from "../dom.js";
import { choices, guard } from "../idle.js";
import { aboveKeyboard } from "../keyboard.js";
import { tone } from "../sound.js";
import { announce } from "../status.js";
import { count, fill, text } from "../texts.js";
import { composer } from "./composer.js";
import { menu } from "./menu.js";
import { message } from "./message.js";
import { notice } from "./notice.js";
import { nameOf, namesOf, outcomes, remaining, secondsLeft, whyLost } from "./parts.js";

/** @import { App, Room, Scene } from "../types.d.ts" */

/** With so many seconds left, or fewer, it is said that the room ends. */
const NEAR = [60, 600];

/**
 * @param {App} app
 * @returns {Scene}
 */
export function room(app) {
  const title = heading(text.room.title, { class: "unseen" });
  const bar = top(app, () => sheet.open());
  const sheet = menu(app);
  const line = el("p", { class: "line", hidden: true });
  const said = notice();
  const warnings = el("div", { class: "warnings" });
  const standing = message(app, () => sheet.dialog.open);
  const bottom = composer(app);
  const outcome = outcomes();
  const root = el(
    "section",
    { class: "room" },
    title,
    bar.root,
    line,
    said.root,
    warnings,
    standing.root,
    bottom.root,
    sheet.dialog,
  );
  const old = el("div", { class: "warning", hidden: true }, el("p", {}, text.room.outdated), el("div", { class: "actions" }, button(text.broken.reload, () => location.reload())));
  warnings.before(old);
  const outdated = (/** @type {boolean} */ is) => {
    if (is && old.hidden) {
      sheet.dialog.close();
      announce(text.room.outdated);
    }
    old.hidden = !is;
    bar.menu.disabled = is;
  };
  let alarms = 0;
  let typing = "";
  let turn = -1;
  let live = false;
  const told = habits();
  const unguard = guard(app);
  const unplace = aboveKeyboard(bottom.root);
  return {
    root,
    focus: title,
    draft: bottom.draft,
    takeDraft: bottom.takeDraft,
    occupied: () => said.say(text.occupied),
    update(view) {
      const room = view.room;
      if (!room) {
        return;
      }
      const happened = outcome(view);
      if (turn >= 0 && room.turn > turn && room.message?.mine === false && choices(app).sound) {
        tone();
      }
      const why = whyLost(view);
      if (why) {
        said.say(why);
      } else if (live && room.turn !== turn) {
        said.say("");
      }
      live = view.connection === "live";
      turn = room.turn;
      bar.update(room);
      line.hidden = view.connection === "live" || view.connection === "outdated";
      setText(line, view.connection === "away" ? text.room.lost : text.room.checking);
      outdated(view.connection === "outdated");
      root.classList.toggle("stale", view.connection !== "live");
      redraw(warnings, [room.alarms, room.seats], () => warn(app, room));
      for (const alarm of room.alarms.slice(alarms)) {
        announce(text.alarm[alarm.kind]);
      }
      alarms = room.alarms.length;
      told(room);
      const writing = typingLine(room);
      if (writing && writing !== typing) {
        announce(writing);
      }
      typing = writing;
      standing.update(view, room);
      bottom.update(view, room, happened, writing);
      sheet.update(view, room, happened);
    },
    leave() {
      unguard();
      unplace();
      bar.stop();
      standing.stop();
    },
  };
}

/**
 * @param {App} app
 * @param {() => void} open
 */
function top(app, open) {
  const people = el("ul", { class: "people", "aria-label": text.room.people });
  const turn = el("span", {});
  const left = el("span", {});
  /** @type {number | undefined} */
  let said;
  /** @type {Room | null} */
  let shown = null;
  const tick = () => {
    if (shown) {
      const seconds = secondsLeft(shown);
      setText(left, seconds > 0 ? fill(text.room.left, { time: remaining(seconds) }) : text.room.over);
      const near = NEAR.find((each) => seconds <= each);
      if (near && near !== said && seconds > 0) {
        announce(fill(text.room.endsIn, { time: remaining(seconds) }));
      }
      said = near;
      left.classList.toggle("strong", near !== undefined);
    }
  };
  const timer = setInterval(tick, 1000);
  const menu = button(text.room.menu, open, { "aria-haspopup": "dialog" });
  const root = el(
    "header",
    { class: "top" },
    el("p", { class: "facts" }, turn, left),
    el("div", { class: "buttons" }, button(text.room.lock, () => app.lock()), menu),
    people,
  );
  const update = (/** @type {Room} */ room) => {
    shown = room;
    setText(turn, room.turn === 0 ? text.room.none : fill(text.room.turn, { turn: room.turn }));
    tick();
    redraw(people, [room.seats, room.me], () => room.seats.map((seat) => {
      const state = seat.state !== "held" ? "free" : seat.present || seat.seat === room.me ? "here" : "away";
      return el("li", { "data-state": state }, `${nameOf(room, seat.seat)} `, el("span", { class: "state" }, text.room[state]));
    }));
  };
  return { root, menu, update, stop: () => clearInterval(timer) };
}

/**
 * What should not have happened, and seats whose keys have to be confirmed.
 * @param {App} app
 * @param {Room} room
 */
function warn(app, room) {
  const unconfirmed = room.seats
    .filter((seat) => seat.unconfirmed)
    .map((seat) => {
      const name = nameOf(room, seat.seat);
      const confirm = button(text.room.confirm, () => app.act("confirm", seat.seat), { "aria-description": name });
      return el("div", { class: "warning" }, el("p", {}, fill(text.room.unconfirmed, { who: name })), el("div", { class: "actions" }, confirm));
    });
  const sentences = room.alarms.map(({ kind, seat }) =>
    seat === null ? text.alarm[kind] : `${text.alarm[kind]} ${fill(text.alarm.about, { who: nameOf(room, seat) })}`,
  );
  const alarms = [...new Set(sentences)].map((sentence) => el("li", {}, sentence));
  const box = alarms.length > 0 && el("div", { class: "warning" }, el("h2", {}, text.alarm.title), el("ul", {}, ...alarms));
  return [box, ...unconfirmed];
}

/** Says once what each of the others has chosen to send of themselves. */
function habits() {
  /** @type {Map<number, { receipts: boolean, typing: boolean }>} */
  const known = new Map();
  return (/** @type {Room} */ room) => {
    for (const { seat, state, receipts, typing } of room.seats) {
      const before = known.get(seat) ?? { receipts: true, typing: true };
      const who = nameOf(room, seat);
      if (seat !== room.me && state === "held") {
        known.set(seat, { receipts, typing });
        if (before.receipts !== receipts) {
          announce(receipts ? fill(text.state.receiptsAgain, { who }) : count(text.state.noReceipts, 1, { who }));
        }
        if (before.typing && !typing) {
          announce(fill(text.state.noTyping, { who }));
        }
      } else {
        known.delete(seat);
      }
    }
  };
}

/**
 * @param {Room} room
 */
function typingLine(room) {
  if (room.typing.length === 0) {
    return "";
  }
  if (room.size === 2) {
    return text.typing.other;
  }
  return count(text.typing.who, room.typing.length, { who: namesOf(room, room.typing) });
}
