/** The one message, its state in words, and the half second after which it counts as seen. */

import { button, el, redraw } from "../dom.js";
import { announce } from "../status.js";
import { count, fill, text } from "../texts.js";
import { nameOf, namesOf, notShown } from "./parts.js";

/** @import { App, Message, Room, View } from "../types.d.ts" */

/** How long a message has to be visible, in milliseconds. */
const SEEN_AFTER = 500;

/**
 * @param {App} app
 * @param {() => boolean} covered whether something lies over the message
 */
export function message(app, covered) {
  const log = el("div", { class: "log", role: "log", "aria-label": text.room.log });
  const state = el("div", { class: "states" });
  const root = el("div", { class: "message" }, log, state);
  const watch = watcher(covered, (turn, rev) => app.act("seen", turn, rev));
  let before = "";
  const update = (/** @type {View} */ view, /** @type {Room} */ room) => {
    const it = room.message;
    redraw(log, it ? [it.turn, it.rev, it.text, it.covered, room.cover] : [room.deleted, room.turn], () => draw(app, room));
    const states = it ? stateLines(room, it) : [];
    redraw(state, states, () => states.map((line) => el("p", { class: "small" }, line)));
    const key = it?.mine ? `${it.turn} ${it.rev} ${it.readBy.length > 0}` : "";
    if (it?.mine && it.readBy.length > 0 && before === `${it.turn} ${it.rev} false`) {
      announce(text.state.read);
    }
    before = key;
    const tells = room.seats[room.me]?.receipts;
    const unseen = it && !it.mine && it.text !== null && tells && !it.readBy.includes(room.me) && view.connection === "live";
    watch.on(unseen ? log : null, it?.turn ?? 0, it?.rev ?? 0);
  };
  return { root, update, stop: () => watch.on(null, 0, 0) };
}

/**
 * @param {App} app
 * @param {Room} room
 */
function draw(app, room) {
  const it = room.message;
  if (it) {
    const who = it.mine ? text.room.iWrote : fill(text.room.says, { who: nameOf(room, it.author) });
    const author = el("p", { class: "small" }, who);
    if (it.covered) {
      const show = button(text.room.uncover, () => app.act("uncover", true));
      return [author, el("p", { class: "large muted" }, text.room.covered), el("div", { class: "row start" }, show)];
    }
    const body = it.text === null ? el("p", { class: "large muted" }, text.room.sealedAway) : el("p", { class: "text", dir: "auto" }, it.text);
    const again = room.cover && !it.mine && it.text !== null;
    return [author, body, again && el("div", { class: "row start" }, button(text.room.coverAgain, () => app.act("uncover", false)))];
  }
  if (room.deleted) {
    const { author, proven } = room.deleted;
    const gone = author === room.me ? text.room.deletedByMe : fill(text.room.deleted, { who: nameOf(room, author) });
    return [el("p", { class: "large muted" }, proven ? gone : text.room.takenAway)];
  }
  return [el("p", { class: "large muted" }, text.room.empty), el("p", { class: "small" }, text.room.fresh)];
}

/**
 * @param {Room} room
 * @param {Message} it
 */
function stateLines(room, it) {
  const lines = [];
  const many = room.size > 2;
  if (it.mine) {
    const read = it.readBy.length > 0;
    const first = [read ? (many ? fill(text.state.readBy, { who: namesOf(room, it.readBy) }) : text.state.read) : text.state.sent];
    if (it.rev > 0) {
      first.unshift(text.state.edited);
    }
    lines.push(first.join(" · "));
    if (it.readEarlierBy.length > 0) {
      lines.push(fill(text.state.readEarlierBy, { who: namesOf(room, it.readEarlierBy) }));
    }
    const { unread, silent } = notShown(room, it);
    if (many && read && unread.length > 0) {
      lines.push(fill(text.state.notReadBy, { who: namesOf(room, unread) }));
    }
    if (silent.length > 0) {
      lines.push(count(text.state.noReceipts, silent.length, { who: namesOf(room, silent) }));
    }
  } else {
    if (it.rev > 0) {
      lines.push(text.state.edited);
    }
    if (it.answerWasReceipt) {
      lines.push(text.room.answered);
    }
  }
  if (it.unknownReaders.length > 0) {
    lines.push(fill(text.room.unknownReaders, { who: namesOf(room, it.unknownReaders) }));
  }
  if (it.missingReaders.length > 0) {
    lines.push(fill(text.room.missingReaders, { who: namesOf(room, it.missingReaders) }));
  }
  return lines;
}

/**
 * Tells of a message once it was before the person's eyes for half a second without a break: half of it, or as much as
 * fills half the window, in a tab that is in front.
 * @param {() => boolean} covered
 * @param {(turn: number, rev: number) => void} seen
 */
function watcher(covered, seen) {
  /** @type {{ turn: number, rev: number, stop: () => void } | null} */
  let current = null;
  return {
    /**
     * @param {Element | null} target
     * @param {number} turn
     * @param {number} rev
     */
    on(target, turn, rev) {
      if (target && current?.turn === turn && current.rev === rev) {
        return;
      }
      current?.stop();
      current = target ? { turn, rev, stop: observe(target, covered, () => seen(turn, rev)) } : null;
    },
  };
}

/**
 * @param {Element} target
 * @param {() => boolean} covered
 * @param {() => void} seen
 */
function observe(target, covered, seen) {
  let visible = false;
  let timer = 0;
  const weigh = () => {
    clearTimeout(timer);
    if (visible && document.visibilityState === "visible") {
      timer = setTimeout(() => (covered() ? weigh() : seen()), SEEN_AFTER);
    }
  };
  const observer = new IntersectionObserver(
    (entries) => {
      const entry = entries[entries.length - 1];
      const height = entry?.intersectionRect.height ?? 0;
      visible = entry?.isIntersecting === true && (entry.intersectionRatio >= 0.5 || height >= innerHeight / 2);
      weigh();
    },
    { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] },
  );
  observer.observe(target);
  document.addEventListener("visibilitychange", weigh);
  return () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", weigh);
  };
}
