/** Where one writes, and the calm line that takes its place while a reply is awaited. */

import { button, el, freshId, setText } from "../dom.js";
import { area, bytesOf } from "../fields.js";
import { announce } from "../status.js";
import { count as plural, text } from "../texts.js";
import { wipe } from "../wipe.js";
import { offered } from "./offered.js";
import { SAID_BELOW, namesOf, notShown } from "./parts.js";

/** @import { App, OutcomeKind, Room, View } from "../types.d.ts" */

/** The longest text, in bytes, and from where on the page counts. */
const LONGEST = 16383;
const COUNT_FROM = LONGEST - 1000;

/**
 * @param {App} app
 */
export function composer(app) {
  const id = freshId();
  const box = area({ label: text.fields.message, describedBy: id });
  const says = el("p", { class: "small", id });
  const unread = el("p", { class: "small strong" });
  const count = el("p", { class: "small", "aria-live": "polite" });
  const typed = el("p", { class: "small typing" });
  const aside = el("div", { class: "aside" }, typed, count);
  const send = button(text.composer.send, () => go(), { class: "main", "aria-keyshortcuts": "Control+Enter" });
  const cancel = button(text.cancel, () => stopEditing());
  const quote = button(text.composer.quote, () => {
    const lines = (shown?.message?.text ?? "").split("\n").map((line) => `> ${line}`);
    box.value = `${lines.join("\n")}\n\n${box.value}`;
    measure();
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  });
  const writing = el("div", { class: "writing" }, unread, says, box, el("div", { class: "actions" }, quote, aside, cancel, send));

  const edit = button(text.composer.edit, () => startEditing());
  const remove = button(text.composer.delete, () => app.act("remove"), { class: "end" });
  const calm = el("p", { class: "calm", tabindex: -1 });
  const mine = el("div", { class: "actions" }, remove, edit);
  const typedMeanwhile = el("p", { class: "small typing" });
  const waiting = el("div", { class: "waiting" }, calm, mine, typedMeanwhile);

  const offer = offered(app, (draft) => {
    box.value = box.value ? `${box.value}\n${draft}` : draft;
    measure();
    box.focus();
  });
  const said = el("p", { class: "notice", hidden: true });
  const root = el("footer", { class: "bottom" }, said, offer.root, writing, waiting);

  /** The draft for the next message, kept aside while the standing one is edited. */
  let setAside = "";
  /** @type {{ turn: number, rev: number } | null} */
  let editing = null;
  /** What was handed over last, to empty the box only if nothing was added since. */
  let handed = "";
  /** @type {Room | null} */
  let shown = null;
  let waited = false;
  /** Whether the relay speaks another version: nothing more is sent. */
  let old = false;

  const go = () => {
    if (send.disabled) {
      return;
    }
    handed = box.value;
    said.hidden = true;
    app.act(editing ? "edit" : "send", bytesOf(box.value));
  };
  const startEditing = () => {
    const standing = shown?.message;
    if (shown?.canEdit && standing && standing.text !== null) {
      setAside = box.value;
      editing = { turn: standing.turn, rev: standing.rev };
      box.value = standing.text;
      arrange();
      box.focus();
    }
  };
  const stopEditing = () => {
    editing = null;
    box.value = setAside;
    setAside = "";
    arrange();
    (waiting.hidden ? box : calm).focus();
  };
  const measure = () => {
    const length = bytesOf(box.value).length;
    setText(count, length > COUNT_FROM ? overOrLeft(LONGEST - length) : "");
    send.disabled = old || length === 0 || length > LONGEST || shown?.sending !== null || (!editing && !shown.canSend);
  };
  const arrange = () => {
    const room = shown;
    if (!room) {
      return;
    }
    const open = room.canSend || editing !== null || (old && box.value !== "");
    const held = root.contains(document.activeElement);
    writing.hidden = !open;
    waiting.hidden = open;
    cancel.hidden = editing === null;
    mine.hidden = !room.canEdit;
    remove.disabled = old || room.sending !== null;
    edit.disabled = old || room.sending !== null;
    setText(send, editing ? text.composer.save : text.composer.send);
    const standing = room.message;
    setText(says, editing ? text.composer.editing : standing ? text.composer.erases : "");
    says.hidden = says.textContent === "";
    quote.hidden = old || editing !== null || !standing || standing.mine || standing.text === null;
    const behind = standing && !editing && room.size > 2 ? notShown(room, standing).unread : [];
    unread.hidden = behind.length === 0;
    setText(unread, behind.length > 0 ? plural(text.composer.unread, behind.length, { who: namesOf(room, behind) }) : "");
    setText(calm, room.sending === "send" || room.sending === "edit" ? text.composer.sending : text.composer.waiting);
    measure();
    // What has the focus may be hidden now, or disabled: a browser takes the focus from either, and it would be nowhere.
    if (held && (!document.activeElement?.checkVisibility() || document.activeElement.matches(":disabled"))) {
      (open ? box : calm).focus();
    }
  };
  box.addEventListener("input", () => {
    if (box.value === "/x") {
      wipe(app);
      return;
    }
    measure();
    said.hidden = true;
    app.act("typing");
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      go();
    }
  });

  /**
   * @param {View} view
   * @param {Room} room
   * @param {OutcomeKind | null} happened
   * @param {string} typingLine
   */
  const update = (view, room, happened, typingLine) => {
    shown = room;
    old = view.connection === "outdated";
    if (happened === "sent" && !editing && box.value === handed) {
      box.value = "";
    }
    if (happened === "edited" && editing) {
      stopEditing();
    } else if (editing && !room.canEdit && room.sending === null) {
      // Read, answered or deleted meanwhile: what was being written becomes the draft.
      const changed = box.value;
      stopEditing();
      box.value ||= changed;
    }
    if (happened) {
      said.hidden = !SAID_BELOW.includes(happened);
      setText(said, text.outcome[happened]);
    }
    setText(typed, typingLine);
    setText(typedMeanwhile, typingLine);
    offer.update(room);
    arrange();
    const waits = !room.canSend && view.connection === "live" && room.message?.mine === true;
    if (waits && !waited) {
      announce(text.composer.waiting);
    }
    waited = waits;
  };
  return {
    root,
    update,
    draft: () => (editing ? setAside || box.value : box.value),
    takeDraft: (/** @type {string} */ draft) => {
      box.value = draft;
      measure();
    },
  };
}

/** @param {number} bytes how many are left; fewer than none where it is too long */
function overOrLeft(bytes) {
  return bytes < 0 ? plural(text.composer.over, -bytes) : plural(text.composer.left, bytes);
}
