// Messages that the server has not accepted yet, in order. They outlive a lost connection and a reload; each keeps the cid
// it was born with, so that sending one again can never double it.
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

/** crypto.randomUUID exists on https and localhost only; a shop may be on plain http. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
