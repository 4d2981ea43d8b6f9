// Replies that are not accepted yet, and the draft. They outlive a lost connection and a reload, not the tab.
import { page } from "./page.js";

const OUTBOX = `desk.outbox.${page.ticket}`;
const DRAFT = `desk.draft.${page.ticket}`;

export const unsent = () => JSON.parse(sessionStorage.getItem(OUTBOX) ?? "[]");
const store = (replies) => sessionStorage.setItem(OUTBOX, JSON.stringify(replies));

export function keep(body) {
  const reply = { cid: uuid(), body };
  store([...unsent(), reply]);
  return reply;
}

/** Forget a reply that was accepted or refused; gives it back. */
export function forget(cid) {
  const replies = unsent();
  store(replies.filter((reply) => reply.cid !== cid));
  return replies.find((reply) => reply.cid === cid);
}

export const draft = () => sessionStorage.getItem(DRAFT) ?? "";
export const keepDraft = (text) => sessionStorage.setItem(DRAFT, text);

/** crypto.randomUUID exists on https and localhost only; an office may serve the desk on plain http. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
