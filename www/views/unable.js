/** What is shown where the page cannot do its work: in this browser, or because a part of it did not come. */

import { button, el, heading } from "../dom.js";
import { area } from "../fields.js";
import { text } from "../text.js";

/** @import { App, Scene } from "../types.d.ts" */

/**
 * What the browser lacks, and how to allow it.
 * @param {"wasm" | "simd"} lacks
 * @returns {Scene}
 */
export function unsupported(lacks) {
  const { title, how, tor, lockdown, firefox, chromium } = text.unsupported;
  const root = el("section", { class: "view" }, heading(title), el("p", {}, text.unsupported[lacks]));
  if (lacks === "wasm") {
    root.append(el("p", {}, how), el("ul", {}, ...[tor, lockdown, firefox, chromium].map((each) => el("li", {}, each))));
  }
  return { root };
}

/**
 * The worker did not load whole, or not at all.
 * @param {App} app
 * @returns {Scene}
 */
export function unloaded(app) {
  const title = heading(text.broken.says);
  const buttons = [button(text.broken.reload, () => location.reload()), button(text.broken.retry, () => app.cancel(), { class: "main" })];
  const root = el("section", { class: "view" }, title, el("p", {}, text.broken.load), draft(app), el("div", { class: "actions" }, ...buttons));
  return { root, focus: title };
}

/**
 * A draft that cannot be sent from here, to be selected and copied.
 * @param {App} app
 */
export function draft(app) {
  const box = area({ label: text.broken.kept });
  box.readOnly = true;
  box.value = app.kept.draft ?? "";
  return app.kept.draft && box;
}

/**
 * A view that was asked for before it came.
 * @returns {Scene}
 */
export function coming() {
  const title = heading(text.coming);
  return { root: el("section", { class: "view" }, title), focus: title };
}
