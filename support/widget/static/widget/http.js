// The three calls over HTTP: to begin, and to go on where websockets are broken.
import { page } from "./page.js";

const ROOT = "/api/support/v1/";

/** A token for a new visitor. */
export async function begin(name) {
  const answer = await call("session", { method: "POST", body: JSON.stringify({ site: page.site, name }) });
  return answer.token;
}

export const post = (token, conversation, message) =>
  call("messages", { method: "POST", body: JSON.stringify({ ...message, conversation }) }, token);

export const read = (token, conversation, after) => call(`messages?conversation=${conversation}&after=${after}`, {}, token);

/** The answer; an `error` object is thrown, with its status. */
async function call(path, options, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(ROOT + path, { ...options, headers, credentials: "omit" });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.code), answer, { status: response.status });
  return answer;
}
