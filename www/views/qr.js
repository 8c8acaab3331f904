/** A QR code, drawn dark on light whatever the theme, with the quiet margin that cameras need. */

import init, { modules } from "../pkg/qr.js";
import { load } from "../worker/load.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;
/** A side in CSS pixels that fits the narrowest phone. */
const SIDE = 272;

/** @type {Promise<void> | null} */
let loaded = null;

/**
 * @param {string} content
 * @param {string} label what it is, for those who do not see it
 */
export async function qr(content, label) {
  loaded ??= load("qr", init).catch((error) => {
    loaded = null;
    throw error;
  });
  await loaded;
  const cells = modules(content);
  const count = Math.sqrt(cells.length);
  if (count === 0) {
    throw new Error("too long for a QR code");
  }
  const side = count + 2 * QUIET;
  // Each module takes whole pixels, so that its edges are sharp.
  const length = side * Math.max(1, Math.floor(SIDE / side));
  const dark = [...cells.keys()].filter((at) => cells[at] === 1);
  const path = dark.map((at) => `M${QUIET + (at % count)} ${QUIET + Math.floor(at / count)}h1v1h-1z`).join("");
  const drawing = draw("svg", { viewBox: `0 0 ${side} ${side}`, width: length, height: length, role: "img", "aria-label": label });
  drawing.append(
    draw("rect", { width: side, height: side, fill: "#fff" }),
    draw("path", { d: path, fill: "#000", "shape-rendering": "crispEdges" }),
  );
  return drawing;
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, String(value)));
  return element;
}
