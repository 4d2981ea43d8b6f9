// Messages that the server has not accepted yet, in order. They outlive a lost connection and a reload; each keeps the cid
// it was born with, so that sending one again can never double it.
import { uuid } from "../wire/uuid.js";
import { load, save } from "./store.js";

export const unsent = () => load().outbox ?? [];

export function keep(body) {
  const message = { cid: uuid(), body };
  save({ outbox: [...unsent(), message] });
  return message;
}

/** Forget a message that was accepted or refused; gives it back. */
export function forget(cid) {
  const messages = unsent();
  const found = messages.find((message) => message.cid === cid);
  if (found) save({ outbox: messages.filter((message) => message.cid !== cid) });
  return found;
}
