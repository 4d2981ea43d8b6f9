// The chat: it joins what was said, what is being written, and the way to the server.
import { byId, h } from "./dom.js";
import { connect } from "./link.js";
import { showAccepted, showEvent, showPending, showRefused, showTyping, toEnd } from "./log.js";
import { keep, unsent } from "./outbox.js";
import { currentLanguage, onLanguage, page, say, speak, starters } from "./page.js";
import { load, save } from "./store.js";

const TYPING_EVERY = 3000; // ms
const input = byId("input");
const parent = window.parent === window ? null : window.parent;
const name = decodeURIComponent(location.hash.slice(1)).slice(0, 80);
let opened = !parent;
let unread = 0;
let typedAt = 0;
let host = null; // the origin of the page around us, once it has spoken

speak(load().language ?? page.language);
const link = connect(name, {
  event(frame) {
    byId("starters").hidden = true;
    showEvent(frame, { choose: send, rate: (message, value) => link.send({ type: "feedback", message, value }) });
    if (!opened && frame.from !== "visitor") tellHost({ cxbot: "unread", count: ++unread });
  },
  accepted: (frame) => showAccepted(frame.cid),
  refused: showRefused,
  typing: showTyping,
  state: showState,
});
for (const message of unsent()) showPending(message);

function send(text) {
  const body = text.trim();
  if (!body) return;
  byId("starters").hidden = true;
  showPending(keep(body));
  link.flush();
}

function submit() {
  send(input.value);
  input.value = "";
  typedAt = 0; // what is typed next may be the other half, and the server waits for that
  fit();
  input.focus();
}

function showState(state) {
  const bar = byId("state");
  bar.dataset.state = state;
  bar.hidden = state !== "offline";
  byId("presence").dataset.say = state === "offline" ? "connecting" : "online";
  retranslate();
}

function fit() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 120)}px`;
  byId("send").disabled = !input.value.trim();
}

function retranslate() {
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-say-label]")) element.setAttribute("aria-label", say(element.dataset.sayLabel));
  byId("title").textContent = page.names[currentLanguage()];
  document.title = page.names[currentLanguage()];
  input.placeholder = say("placeholder");
  input.setAttribute("aria-label", say("placeholder"));
  byId("starters").replaceChildren(
    ...starters().map((question) => h("button", { type: "button", class: "option", onclick: () => send(question) }, question)),
  );
}

const tellHost = (message) => host && parent.postMessage(message, host);

onLanguage(retranslate);
retranslate();
fit();
input.disabled = false; // until here Enter would have been a new line, and the words would have waited unsent
byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
input.addEventListener("input", () => {
  fit();
  if (Date.now() - typedAt > TYPING_EVERY) {
    typedAt = Date.now();
    link.send({ type: "typing" });
  }
});
input.addEventListener("keydown", (event) => {
  // A Bengali keyboard may still be composing a letter: then Enter belongs to it (keyCode 229 is how old ones say so).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
byId("person").addEventListener("click", () => send(say("ask_person")));
byId("language").addEventListener("click", () => {
  speak(currentLanguage() === "bn" ? "en" : "bn");
  save({ language: currentLanguage() });
});
byId("close").addEventListener("click", () => tellHost({ cxbot: "close" }));
addEventListener("keydown", (event) => event.key === "Escape" && tellHost({ cxbot: "close" }));
addEventListener("message", ({ source, origin, data }) => {
  // Who may frame us is settled by frame-ancestors, so whoever does may say that we are shown.
  if (source !== parent || !data?.cxbot) return;
  host = origin;
  opened = data.cxbot === "opened";
  byId("close").hidden = false;
  if (opened) {
    unread = 0;
    input.focus();
    toEnd();
  }
});
// The keyboard of a phone covers half the page without making it smaller.
window.visualViewport?.addEventListener("resize", () => {
  document.body.style.height = `${window.visualViewport.height}px`;
  toEnd();
});
