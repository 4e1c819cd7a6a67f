// Building and changing the page. Text is always set as text, never as markup.

/**
 * The element that a page must have, as the type it must be. Throws when the page and its script disagree.
 * @template {Element} T
 * @param {string} selector
 * @param {new (...args: any) => T} type
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function required(selector, type, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} at ${selector}.`);
  return found;
}

/**
 * Make an element. Properties with a hyphen, and `role`, are attributes; the others are set as properties.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name === "data") Object.assign(element.dataset, value);
    else if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, String(value));
    else Reflect.set(element, name, value);
  }
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/**
 * An icon of the page's sprite. It never speaks alone: a word stands beside it.
 * @param {string} name
 * @param {string} [css]
 * @returns {SVGSVGElement}
 */
export function icon(name, css = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${css}`.trim());
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  setIcon(svg, name);
  return svg;
}

/**
 * @param {Element} svg
 * @param {string} name
 */
export function setIcon(svg, name) {
  const use = svg.firstElementChild;
  if (use && use.getAttribute("href") !== `#i-${name}`) use.setAttribute("href", `#i-${name}`);
}

/**
 * Set text only when it changed: the page is repainted every second, and most of it stands still.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Set or, with null, remove an attribute, only when it changed.
 * @param {Element} element
 * @param {string} name
 * @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/**
 * Show or hide.
 * @param {HTMLElement} element
 * @param {boolean} shown
 */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/**
 * Make the children of `parent` follow a list: known ones are kept and changed, so that focus and fingers stay on them.
 * @template Item
 * @template {HTMLElement} E
 * @param {HTMLElement} parent
 * @param {readonly Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => E} create
 * @param {(element: E, item: Item) => void} update
 */
export function follow(parent, items, keyOf, create, update) {
  /** @type {Map<string, E>} */
  const known = new Map();
  for (const child of parent.children) {
    const key = /** @type {HTMLElement} */ (child).dataset.key;
    if (key !== undefined) known.set(key, /** @type {E} */ (child));
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    known.delete(key);
    if (element === undefined) {
      element = create(item);
      element.dataset.key = key;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
    update(element, item);
  }
  for (const gone of known.values()) gone.remove();
}
