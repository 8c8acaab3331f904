/** Small things that several views share. */

import { button, el, freshId, setText } from "../dom.js";
import { announce } from "../status.js";
import { count, fill, list, text } from "../texts.js";

/** @import { Message, Room, View } from "../types.d.ts" */

/**
 * Words or a code to read out, with a button that copies them.
 * @param {string} label
 * @param {string} kind the look: `words` or `code`
 * @param {boolean} [copied] whether they are meant to be copied at all
 */
export function readable(label, kind, copied = true) {
  const id = freshId();
  const content = el("div", { class: kind, role: "group", "aria-labelledby": id });
  const said = el("p", { class: "small", role: "status" });
  const copy = button(text.copy, () => copyText(content.dataset.plain ?? "", said), { "aria-label": `${text.copy}: ${label}` });
  const root = el(
    "div",
    { class: "readable" },
    el("div", { class: "row" }, el("h2", { id }, label), copied && copy),
    content,
    said,
  );
  const show = (/** @type {string} */ value) => {
    if (content.dataset.plain === value) {
      return;
    }
    content.dataset.plain = value;
    copy.disabled = value === "";
    setText(said, "");
    const parts = kind === "words" ? value.split(" ") : [value];
    content.replaceChildren(...parts.flatMap((part, index) => [index > 0 ? " " : "", el("span", {}, part)]));
  };
  return { root, show };
}

/**
 * @param {string} value
 * @param {Element} said
 */
export async function copyText(value, said) {
  try {
    await navigator.clipboard.writeText(value);
    setText(said, text.copied);
  } catch {
    setText(said, text.notCopied);
  }
}

/**
 * A sheet over the page. Escape closes it, and focus goes back where it was.
 * @param {string} title
 */
export function sheet(title) {
  const id = freshId();
  const heading = el("h2", { id, tabindex: -1 }, title);
  const body = el("div", { class: "sheet-body" });
  const dialog = el("dialog", { class: "sheet", "aria-labelledby": id });
  dialog.append(
    el("div", { class: "row" }, heading, button(text.room.close, () => dialog.close())),
    body,
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      dialog.close();
    }
  });
  const open = () => {
    dialog.showModal();
    heading.focus();
  };
  return { dialog, body, open };
}

/**
 * A part of the menu.
 * @param {string} title
 * @param {...(Node | string)} children
 */
export function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

/**
 * A switch with its name, and a sentence that says what it does.
 * @param {string} label
 * @param {string} says
 * @param {() => void} changed
 */
export function toggle(label, says, changed) {
  const input = el("input", { type: "checkbox", role: "switch", autocomplete: "off", on: { change: changed } });
  const name = el("label", { class: "toggle" }, input, el("span", {}, label));
  const root = el("div", {}, name, says && el("p", { class: "small" }, says));
  return {
    root,
    on: () => input.checked,
    set(/** @type {boolean} */ on) {
      input.checked = on;
    },
  };
}

/**
 * What a person is called: a name where one was given, never a name that another seat could pass for.
 * @param {Room} room
 * @param {number} seat
 */
export function nameOf(room, seat) {
  if (seat === room.me) {
    return text.room.me;
  }
  const nickname = room.seats.find((each) => each.seat === seat)?.nickname;
  if (nickname) {
    const twin = room.seats.some((each) => each.seat !== seat && each.nickname === nickname);
    return twin ? `${nickname} (${seat + 1})` : nickname;
  }
  return room.size === 2 ? text.room.other : fill(text.room.person, { number: seat + 1 });
}

/**
 * @param {Room} room
 * @param {readonly number[]} seats
 */
export function namesOf(room, seats) {
  return list(seats.map((seat) => nameOf(room, seat)));
}

/**
 * Who has not shown that they read a message: those who would, and those who send no receipts.
 * @param {Room} room
 * @param {Message} it
 */
export function notShown(room, it) {
  const sends = (/** @type {number} */ seat) => room.seats[seat]?.receipts !== false;
  const others = it.unreadBy.filter((seat) => seat !== room.me);
  return { unread: others.filter(sends), silent: others.filter((seat) => !sends(seat)) };
}

/**
 * A span of time in its largest fitting unit, rounded down from the second unit on: what is promised is there.
 * @param {number} seconds
 */
export function span(seconds) {
  const { minutes, hours, days } = text.time;
  if (seconds < 120) {
    return count(text.time.seconds, seconds);
  }
  if (seconds < 7200 && seconds !== 3600) {
    return count(minutes, Math.floor(seconds / 60));
  }
  const few = seconds < 172800 && seconds !== 86400;
  return few ? count(hours, Math.floor(seconds / 3600)) : count(days, Math.floor(seconds / 86400));
}

/**
 * What is left of a span: as a span, and to the second near its end.
 * @param {number} seconds
 */
export function remaining(seconds) {
  if (seconds > 600 || seconds < 60) {
    return span(seconds);
  }
  const rest = seconds % 60;
  const minutes = count(text.time.minutes, (seconds - rest) / 60);
  return rest === 0 ? minutes : `${minutes} ${count(text.time.seconds, rest)}`;
}

/**
 * A reading of the seconds that a room has left, by the relay's clock.
 * @param {Room} room
 */
export function secondsLeft(room) {
  return Math.max(0, Math.ceil(room.expiresAt - (Date.now() / 1000 + room.clockOffset)));
}

/**
 * What the relay means by closing a connection, by its code: docs/protocol.md has what leads to each. The session knows the
 * others. @type {Record<number, keyof typeof text.closed>}
 */
const MEANT = {
  1001: "going-away",
  1002: "malformed",
  1003: "malformed",
  1009: "malformed",
  1011: "fault",
  4000: "malformed",
  4001: "malformed",
  4002: "too-slow",
  4003: "too-fast",
  4004: "too-many",
};

/**
 * Why the connection is lost, where the relay has said it.
 * @param {View} view
 */
export function whyLost({ connection, closed }) {
  const meant = MEANT[closed];
  return connection === "away" && meant ? text.closed[meant] : "";
}

/** Outcomes that are said beside the composer, until the person goes on. @type {readonly string[]} */
export const SAID_BELOW = ["conflict", "already-read", "bad-text", "refused", "unavailable", "too-many", "full"];

/** Outcomes that are said at the head of the menu. @type {readonly string[]} */
export const SAID_IN_MENU = ["extended", "withdrawn", "seat-taken", "refused", "unavailable", "too-many", "full"];

/**
 * Says each outcome once.
 */
export function outcomes() {
  let said = -1;
  return (/** @type {View} */ view) => {
    const outcome = view.room?.outcome ?? null;
    if (!outcome || outcome.number <= said) {
      return null;
    }
    said = outcome.number;
    announce(text.outcome[outcome.kind]);
    return outcome.kind;
  };
}
