// What this browser keeps for a site: token, conversation, messages not accepted yet, language. Where storage is refused
// (a third-party frame in a strict browser) it is kept in memory, and lasts as long as the page.
import { page } from "./page.js";

const KEY = `cxbot.${page.site}`;
let memory = null;

export function load() {
  if (memory) return memory;
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

/** Change some of it; read first, for another tab may have written. */
export function save(changes) {
  const all = { ...load(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    memory = all;
  }
}
