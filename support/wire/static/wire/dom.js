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
