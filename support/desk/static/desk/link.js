// The socket: it says hello, keeps itself alive and comes back. What was missed is asked for by number, in hello.
import { byId } from "./dom.js";
import { fill, page, words } from "./page.js";

const FIRST_PAUSE = 500; // ms; doubled with each try, and a random part of it is waited, so that not all come at once
const LONGEST_PAUSE = 10_000;
const SHORTEST_PAUSE = 200;
const SIGNED_OUT = 4401;

/**
 * hello() gives the first frame of every connection; listeners maps a frame's type to a function;
 * changed(live) is told when the connection comes and goes. Returns {send(frame) → whether it left}.
 */
export function connect({ hello, listeners, changed = () => {} }) {
  let socket, beat, heard, retry;
  let tries = 0;
  let notBefore = 0; // the server said when to come back
  let live = false;

  function open() {
    clearTimeout(retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/desk/v1/`, "support.v1");
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", ...hello() }));
    socket.onmessage = ({ data }) => {
      heard = Date.now();
      const frame = JSON.parse(data);
      if (frame.type === "welcome") welcome(frame);
      if (frame.type === "bye") notBefore = Date.now() + frame.retry_ms;
      listeners[frame.type]?.(frame);
    };
    socket.onclose = ({ code }) => {
      clearInterval(beat);
      became(false);
      if (code === SIGNED_OUT) return signedOut();
      const pause = Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
      retry = setTimeout(open, Math.max(pause, notBefore - Date.now(), SHORTEST_PAUSE));
      tries += 1;
      if (tries > 1) show("offline");
    };
  }

  function welcome(frame) {
    tries = 0;
    heard = Date.now();
    beat = setInterval(() => {
      if (Date.now() - heard > 2.5 * frame.heartbeat_ms)
        socket.close(); // half-open: nobody is there
      else socket.send(JSON.stringify({ type: "ping" }));
    }, frame.heartbeat_ms);
    show("live");
    presence(frame.agent, frame.away);
    queueMicrotask(() => became(true));
  }

  function became(now) {
    if (live === now) return;
    live = now;
    changed(live);
  }

  const send = (frame) => {
    if (live) socket.send(JSON.stringify(frame));
    return live;
  };
  const presence = presenceSwitch(send);
  listeners.presence = (frame) => presence(true, frame.away);
  addEventListener("online", () => !live && socket.readyState === WebSocket.CLOSED && Date.now() >= notBefore && open());
  show("connecting");
  open();
  return { send };
}

/** The agent's own switch between available and away. */
function presenceSwitch(send) {
  const button = byId("desk-presence");
  const set = (agent, away) => {
    if (!button || !agent) return;
    button.hidden = false;
    button.setAttribute("aria-checked", String(!away));
    button.querySelector(".desk-switch-text").textContent = away ? words.away : words.here;
  };
  button?.addEventListener("click", () =>
    send({ type: "away", value: button.getAttribute("aria-checked") === "true" }),
  );
  return set;
}

function show(state) {
  const element = byId("desk-link");
  element.dataset.state = state;
  element.textContent = words[state === "offline" ? "connecting" : state];
  trouble(state === "offline" ? words.offline : "");
}

function signedOut() {
  show("connecting");
  byId("desk-link").textContent = words.signed_out;
  trouble(words.signed_out);
  const link = document.createElement("a");
  link.href = `${page.login}?next=${encodeURIComponent(location.pathname)}`;
  link.textContent = words.sign_in;
  byId("desk-trouble").append(" ", link);
}

/** Say what went wrong, until it is set right or `ms` have passed. */
export function trouble(text, ms = 0) {
  const element = byId("desk-trouble");
  element.textContent = text;
  element.hidden = !text;
  if (ms) setTimeout(() => element.textContent === text && trouble(""), ms);
}

/** An `error` frame, in words. */
export const explain = (frame) => fill(words.errors[frame.code] ?? words.errors.internal, { by: frame.by });
