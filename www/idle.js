/** Locks a room that nobody touches, or that went out of sight. docs/decisions/locking.md says why as it does. */

/** @import { App, Choices } from "./types.d.ts" */

/** After how many seconds, and never. */
export const IDLE = Object.freeze([30, 60, 300, 900, 0]);

const TOUCHES = ["keydown", "pointerdown", "pointermove", "wheel", "touchmove"];

/**
 * What the person chose for this tab.
 * @param {App} app
 * @returns {Choices}
 */
export function choices(app) {
  app.kept.choices ??= { idle: 300, hidden: false, sound: false };
  return app.kept.choices;
}

/**
 * Locks when it is time. The clock on the wall is asked, since timers stand still while a device sleeps: who wakes it
 * finds the room locked, and does not count as having touched it.
 * @param {App} app
 * @returns {() => void} ends it
 */
export function guard(app) {
  let touched = Date.now();
  const isOver = () => choices(app).idle > 0 && Date.now() - touched >= choices(app).idle * 1000;
  const check = () => {
    if (isOver()) {
      app.lock();
    }
  };
  const touch = () => {
    check();
    touched = Date.now();
  };
  const look = () => {
    if (document.visibilityState === "hidden" && choices(app).hidden) {
      app.lock();
    } else {
      check();
    }
  };
  const timer = setInterval(check, 1000);
  TOUCHES.forEach((each) => addEventListener(each, touch, { capture: true, passive: true }));
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    TOUCHES.forEach((each) => removeEventListener(each, touch, { capture: true }));
    document.removeEventListener("visibilitychange", look);
  };
}
