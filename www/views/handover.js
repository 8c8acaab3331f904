/** Handing over the phrase and a one-time code, once, after a room was made: read out, or by a link. */

import { button, el, heading, setText } from "../dom.js";
import { inOneText } from "../pasting.js";
import { text } from "../texts.js";
import { byLink } from "./link.js";
import { notice } from "./notice.js";
import { SAID_IN_MENU, copyText, outcomes, readable, whyLost } from "./parts.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * @param {App} app
 * @returns {Scene}
 */
export function handOver(app) {
  const title = heading(text.handOver.title);
  const says = el("p", {});
  const said = notice();
  const outcome = outcomes();
  const phrase = readable(text.handOver.phrase, "words");
  phrase.show(app.kept.phrase ?? "");
  const code = readable(text.handOver.code, "code");
  const waiting = el("p", { class: "small" }, text.handOver.waiting);
  const copied = el("p", { class: "small", role: "status" });
  const both = button(text.handOver.both, () => copyText(inOneText(handed), copied), { disabled: true });
  const handed = { phrase: app.kept.phrase ?? "", code: "" };
  const link = byLink(app);
  const root = el(
    "section",
    { class: "view" },
    title,
    says,
    said.root,
    phrase.root,
    el("p", { class: "small" }, text.handOver.phraseOnce),
    code.root,
    el("div", { class: "row start" }, both, copied),
    waiting,
    el("p", { class: "small" }, text.handOver.lapses),
    el("h2", {}, text.link.title),
    link.root,
    el("p", { class: "small" }, text.handOver.clipboard),
    el("div", { class: "actions" }, button(text.handOver.room, () => app.handedOver(), { class: "main" })),
  );
  let asked = false;
  let refused = false;
  return {
    root,
    focus: title,
    update(view) {
      const room = view.room;
      if (!room) {
        return;
      }
      const happened = outcome(view);
      const isRefused = happened !== null && SAID_IN_MENU.includes(happened);
      const why = isRefused ? text.outcome[happened] : whyLost(view);
      if (why) {
        said.say(why);
      }
      refused ||= isRefused;
      setText(says, room.size === 2 ? text.handOver.says : text.handOver.saysMany);
      const free = room.seats.find((each) => each.state === "free");
      if (!room.code && free && !asked && view.connection === "live") {
        asked = true;
        app.act("invite", free.seat, false);
      }
      code.root.hidden = room.code === null;
      waiting.hidden = room.code !== null || refused;
      handed.code = room.code?.code ?? "";
      code.show(handed.code);
      both.disabled = handed.code === "";
      link.update(room.code);
    },
  };
}
