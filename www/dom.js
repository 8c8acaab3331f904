/** Makes elements. Text only ever goes in as text. */

/**
 * @typedef {Node | string | null | undefined | false} Child
 * @typedef {{ on?: Record<string, (event: any) => void>, [attribute: string]: unknown }} Attributes
 */

/**
 * An element with attributes, listeners (under `on`) and children; what is `null`, `undefined` or `false` is left out.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(attributes.on ?? {})) {
        element.addEventListener(event, listener);
      }
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * A button that is never a form's.
 * @param {string} label
 * @param {() => void} press
 * @param {Attributes} [attributes]
 */
export function button(label, press, attributes = {}) {
  return el("button", { type: "button", ...attributes, on: { click: press } }, label);
}

/**
 * The heading of a view: focus goes there when the view comes, so that a screen reader says where one is.
 * @param {string} text
 * @param {Attributes} [attributes]
 */
export function heading(text, attributes = {}) {
  return el("h1", { tabindex: -1, ...attributes }, text);
}

/**
 * Changes a text only when it differs, so that nothing is announced or selected anew.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/**
 * Puts new children in only when `key` differs from the last time.
 * @param {Element} element
 * @param {unknown} key
 * @param {() => Child[]} make
 */
export function redraw(element, key, make) {
  const fresh = JSON.stringify(key);
  if (drawn.get(element) !== fresh) {
    drawn.set(element, fresh);
    element.replaceChildren(...make().filter((child) => child !== null && child !== undefined && child !== false));
  }
}

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

let last = 0;

/** An id that no other element of the page has. */
export function freshId() {
  last += 1;
  return `e${last}`;
}
