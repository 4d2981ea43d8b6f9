// Replies that are not accepted yet, and the draft. They outlive a lost connection and a reload, not the tab.
import { uuid } from "../wire/uuid.js";
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
