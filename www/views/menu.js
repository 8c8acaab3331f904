/** The room's menu: safety words, places and codes, what this tab tells, passcode, time, and the two ways out. */

import { button, el, redraw, setText } from "../dom.js";
import { field } from "../fields.js";
import { fill, text } from "../texts.js";
import { wipe } from "../wipe.js";
import { notice } from "./notice.js";
import { PASSCODE, checked, short } from "./checked.js";
import { byLink } from "./link.js";
import { SAID_IN_MENU, nameOf, part, readable, sheet, span } from "./parts.js";
import { safety } from "./safety.js";
import { tab } from "./tab.js";

/** @import { App, OutcomeKind, Room, View } from "../types.d.ts" */

/**
 * @param {App} app
 */
export function menu(app) {
  const { dialog, body, open } = sheet(text.menu.title);
  const parts = [safety(app), places(app), tab(app), passcode(app), time(app), going(app, () => dialog.close())];
  const said = notice();
  body.append(said.root, ...parts.map((part) => part.root));
  /** @type {[View, Room, OutcomeKind | null] | null} */
  let last = null;
  const draw = () => {
    if (last && dialog.open) {
      const [view, room, happened] = last;
      if (happened) {
        said.say(SAID_IN_MENU.includes(happened) ? text.outcome[happened] : "");
      }
      parts.forEach((part) => part.update(room, view, happened));
    }
  };
  return {
    dialog,
    open() {
      open();
      if (last) {
        last[2] = null;
        said.say("");
      }
      draw();
    },
    update(/** @type {View} */ view, /** @type {Room} */ room, /** @type {OutcomeKind | null} */ happened) {
      last = [view, room, happened];
      draw();
    },
  };
}

/** @param {App} app */
function places(app) {
  const rows = el("ul", { class: "places" });
  const code = readable(text.handOver.code, "code");
  const says = el("p", { class: "small" }, text.menu.codeSays);
  const link = byLink(app);
  const root = part(text.menu.people, rows, code.root, says, link.root);
  const update = (/** @type {Room} */ room) => {
    code.root.hidden = room.code === null;
    says.hidden = room.code === null;
    code.show(room.code?.code ?? "");
    link.update(room.code);
    redraw(rows, room.seats, () =>
      room.seats.map(({ seat, state }) => {
        const name = nameOf(room, seat);
        const invite = () => app.act("invite", seat, false);
        const withdraw = () => app.act("withdraw", seat);
        return el(
          "li",
          {},
          el("span", {}, name, " ", el("span", { class: "small" }, text.menu[state])),
          state !== "held" && button(text.menu.newCode, invite, { "aria-label": fill(text.menu.newCodeFor, { name }) }),
          state === "invited" && button(text.menu.withdraw, withdraw, { "aria-label": fill(text.menu.withdrawFor, { name }) }),
        );
      }),
    );
  };
  return { root, update };
}

/** @param {App} app */
function passcode(app) {
  const said = notice();
  const change = () => {
    said.say("");
    if (!check.passes()) {
      return;
    }
    app.act("passcode", present.take(), fresh.take());
  };
  const warm = () => app.warm();
  const fresh = field({ label: text.fields.newPasscode, masked: true, enter: change, input: warm });
  const present = field({ label: text.fields.presentPasscode, masked: true, enter: () => fresh.input.focus(), input: warm });
  const check = checked(fresh, short(PASSCODE));
  const press = button(text.menu.changePasscode, change);
  const root = part(
    text.menu.passcode,
    el("p", { class: "small" }, text.menu.passcodeSays, " ", text.menu.forgotten),
    present.root,
    fresh.root,
    said.root,
    el("div", { class: "actions" }, press),
  );
  const update = (/** @type {Room} */ room, /** @type {View} */ _, /** @type {OutcomeKind | null} */ happened) => {
    press.disabled = room.sending === "passcode";
    if (happened === "passcode-changed" || happened === "wrong-passcode" || happened === "bad-passcode") {
      said.say(text.outcome[happened]);
    }
  };
  return { root, update };
}

/** @param {App} app */
function time(app) {
  const ends = el("p", { class: "small" });
  const buttons = el("div", { class: "row start" });
  const root = part(text.menu.time, ends, el("p", { class: "small" }, text.menu.extendTo), buttons);
  const update = (/** @type {Room} */ room, /** @type {View} */ view) => {
    const end = new Date((room.expiresAt - room.clockOffset) * 1000);
    setText(ends, fill(text.menu.ends, { when: end.toLocaleString(text.locale, { dateStyle: "full", timeStyle: "short" }) }));
    const later = (view.offers?.lifetimes ?? []).filter((each) => Date.now() / 1000 + room.clockOffset + each > room.expiresAt);
    redraw(buttons, later, () =>
      later.map((each) => button(span(each), () => app.act("extend", each), { "aria-label": `${text.menu.extend}: ${span(each)}` })),
    );
  };
  return { root, update };
}

/**
 * Leaving and ending, each with one confirmation that says what is lost.
 * @param {App} app
 * @param {() => void} close
 */
function going(app, close) {
  const says = el("p", {});
  const ask = el("div", { class: "warning", hidden: true });
  /** @type {"leave" | "end"} */
  let wanted = "leave";
  const confirm = button(text.menu.confirm, () => {
    close();
    ask.hidden = true;
    app.act(wanted);
  }, { class: "end" });
  ask.append(says, el("div", { class: "actions" }, button(text.cancel, () => {
    ask.hidden = true;
  }), confirm));
  const want = (/** @type {"leave" | "end"} */ way) => () => {
    wanted = way;
    setText(says, way === "leave" ? text.menu.leaveSays : text.menu.endSays);
    ask.hidden = false;
    confirm.focus();
  };
  const root = part(
    text.menu.going,
    el("div", { class: "row start" }, button(text.menu.clear, () => wipe(app)), button(text.menu.leave, want("leave")), button(text.menu.end, want("end"), { class: "end" })),
    ask,
    el("p", { class: "small" }, text.menu.clearSays),
  );
  return { root, update: () => {} };
}
