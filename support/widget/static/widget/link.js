// The way to the server: a websocket that says hello, resumes by number, keeps itself alive and comes back; and HTTP while
// websockets do not get through.
import * as http from "./http.js";
import { load, save } from "./store.js";
import { forget, unsent } from "./outbox.js";

const FIRST_PAUSE = 500; // ms; doubled with each try, and a random part of it is waited, so that not all come at once
const LONGEST_PAUSE = 30_000;
const SHORTEST_PAUSE = 200;
const FAILURES_BEFORE_HTTP = 3;
const POLL = 3000;
const ACK_EVERY = 20;
const BAD_TOKEN = 4401;
const FOR_GOOD = ["body", "conflict", "frame"]; // what is wrong with the message itself: no use to send it again

/** listeners: event(frame), accepted(frame), refused(message, code), typing(who), state("live"|"polling"|"offline"). */
export function connect(name, listeners) {
  let socket = null;
  let live = false;
  let last = 0; // seq of the newest event that was shown
  let failures = 0;
  let acked = 0;
  let beat, poll, heard, again;
  let notBefore = 0; // the server said when to come back

  async function open() {
    clearInterval(poll);
    try {
      if (!load().token) save({ token: await http.begin(name), conversation: null });
    } catch (error) {
      wait(error.retry_ms);
      return later();
    }
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/support/v1/`, "support.v1");
    socket.onopen = hello;
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = closed;
  }

  function hello() {
    const { token, conversation } = load();
    send({ type: "hello", token, last_seq: last, ...(conversation && { conversation }) });
  }

  function receive(frame) {
    heard = Date.now();
    if (frame.type === "welcome") welcome(frame);
    else if (frame.type === "event") event(frame);
    else if (frame.type === "replay_end") ack();
    else if (frame.type === "accepted") accepted(frame);
    else if (frame.type === "typing") listeners.typing(frame.who);
    else if (frame.type === "error") refused(frame);
    else if (frame.type === "bye") wait(frame.retry_ms);
  }

  function welcome(frame) {
    failures = 0;
    live = true;
    save({ conversation: frame.conversation });
    beat = setInterval(() => {
      if (Date.now() - heard > 2.5 * frame.heartbeat_ms) socket.close(); // half-open: nobody is there
      else send({ type: "ping" });
    }, frame.heartbeat_ms);
    listeners.state("live");
    flush();
  }

  /** Each event once, in order; a gap is asked for again. */
  function event(frame) {
    if (frame.seq > last + 1 && live) return send({ type: "resume", after: last });
    if (frame.seq <= last) return;
    last = frame.seq;
    if (frame.from === "visitor") forget(frame.cid);
    listeners.event(frame);
    if (last - acked >= ACK_EVERY) ack();
  }

  function ack() {
    acked = last;
    if (last) send({ type: "ack", seq: last });
  }

  function accepted(frame) {
    forget(frame.cid);
    listeners.accepted(frame);
  }

  function refused(frame) {
    if (frame.retry_ms) {
      // Too fast, or the server has no room: not refused. One timer for all: each brings all that is unsent.
      clearTimeout(again);
      again = setTimeout(flush, frame.retry_ms);
      return;
    }
    if (frame.code === "not_found") return save({ conversation: null }); // erased: the next hello begins another
    if (frame.cid) giveUp(frame.cid, frame.code);
  }

  function giveUp(cid, code) {
    const message = forget(cid);
    if (message) listeners.refused(message, code);
  }

  function flush() {
    if (!live) return;
    for (const { cid, body } of unsent()) send({ type: "send", cid, body });
  }

  function closed({ code }) {
    clearInterval(beat);
    live = false;
    if (code === BAD_TOKEN) save({ token: null, conversation: null });
    later();
  }

  function later() {
    failures += 1;
    const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    setTimeout(open, Math.max(pause, notBefore - Date.now(), SHORTEST_PAUSE));
    if (failures >= FAILURES_BEFORE_HTTP) {
      clearInterval(poll);
      poll = setInterval(overHttp, POLL);
      overHttp();
    } else listeners.state("offline");
  }

  /** `retry_ms` of whatever said it; nothing is tried before, on either way. */
  function wait(ms = 0) {
    notBefore = Math.max(notBefore, Date.now() + ms);
  }

  async function overHttp() {
    if (Date.now() < notBefore) return;
    const { token, conversation } = load();
    try {
      for (const message of unsent()) {
        const answer = await http.post(token, load().conversation ?? null, message).catch((error) => {
          if (!FOR_GOOD.includes(error.code)) throw error;
          giveUp(message.cid, error.code);
        });
        if (!answer) continue;
        save({ conversation: answer.conversation });
        accepted(answer);
      }
      const known = load().conversation ?? conversation;
      if (known) for (const frame of (await http.read(token, known, last)).events) event(frame);
      listeners.state("polling");
    } catch (error) {
      wait(error.retry_ms);
      if (error.status === 401) save({ token: null, conversation: null });
      listeners.state("offline");
    }
  }

  function send(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  addEventListener("online", () => !live && socket?.readyState === WebSocket.CLOSED && Date.now() >= notBefore && open());
  open();
  return { flush, send: (frame) => live && send(frame) };
}
