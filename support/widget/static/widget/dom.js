// Elements without markup: text is only ever set as text, so that nobody's words become code.

export const byId = (id) => document.getElementById(id);

/** h("p", {class: "x", hidden: false, onclick: f}, "text", child, null) → an element. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

const LINK = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)।])|(?<![\d০-৯])((?:\+?88)?0\d{4}-?\d{6})(?!\d)/g;

/** Text with its web addresses and telephone numbers as links: an array of strings and elements. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index));
    const href = match[1] ?? `tel:${match[2].replaceAll("-", "")}`;
    parts.push(h("a", { href, target: match[1] ? "_blank" : null, rel: "noopener noreferrer" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

/** Bengali if it holds Bengali letters: screen readers and fonts want to know. */
export const languageOf = (text) => (/[\u0980-\u09ff]/.test(text) ? "bn" : "en");
