/** Keeps the composer above a keyboard that lies over the page, where the browser does not make the page smaller for it. */

/**
 * @param {HTMLElement} bottom what sticks to the bottom
 * @returns {() => void} ends it
 */
export function aboveKeyboard(bottom) {
  const seen = visualViewport;
  if (!seen) {
    return () => {};
  }
  const place = () => {
    // Who has zoomed in sees a part of the page, and no keyboard need lie over the rest.
    const covered = seen.scale > 1.01 ? 0 : innerHeight - seen.height - seen.offsetTop;
    bottom.style.bottom = `${Math.max(0, covered)}px`;
  };
  seen.addEventListener("resize", place);
  seen.addEventListener("scroll", place);
  return () => {
    seen.removeEventListener("resize", place);
    seen.removeEventListener("scroll", place);
  };
}
