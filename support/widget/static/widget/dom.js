// What stands on the page: elements, and text with its links.
import { h } from "../wire/dom.js";

export { byId, h } from "../wire/dom.js";

const LINK = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)।])|(?<![\d০-৯])((?:\+?(?:88|৮৮))?[0০][\d০-৯]{4}-?[\d০-৯]{6})(?![\d০-৯])/g;
const latin = (text) => text.replace(/[০-৯]/g, (digit) => "০১২৩৪৫৬৭৮৯".indexOf(digit));

/** Text with its web addresses and telephone numbers as links: an array of strings and elements. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(text.slice(end, match.index));
    const href = match[1] ?? `tel:${latin(match[2]).replaceAll("-", "")}`;
    parts.push(h("a", { href, target: match[1] ? "_blank" : null, rel: "noopener noreferrer" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

/** Bengali if it holds Bengali letters: screen readers and fonts want to know. */
export const languageOf = (text) => (/[\u0980-\u09ff]/.test(text) ? "bn" : "en");
