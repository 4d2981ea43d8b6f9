// What was said, on the page.
import { byId, h, languageOf, linked } from "./dom.js";
import { currentLanguage, onLanguage, say } from "./page.js";

const log = byId("log");
const scroll = byId("scroll");
const typing = byId("typing");
const waiting = new Map(); // cid → the bubble of a message that is not accepted yet
let options = []; // of the last question back; they can be pressed until something else is said
let typingUntil;

/** A message that was just written, or kept from before a reload. */
export function showPending(message) {
  if (waiting.has(message.cid)) return;
  const row = bubble("visitor", message.body);
  row.append(h("span", { class: "state" }, "🕓"));
  row.classList.add("pending");
  waiting.set(message.cid, row);
  log.append(row);
  toEnd();
}

export function showAccepted(cid) {
  const row = waiting.get(cid);
  if (!row) return;
  row.classList.remove("pending");
  row.querySelector(".state").textContent = "✓";
}

export function showRefused(message, code) {
  const row = waiting.get(message.cid);
  if (!row) return;
  row.classList.add("refused");
  row.querySelector(".state").textContent = say(code === "body" ? "too_long" : "not_sent");
}

/** An event, at its place: before what is still on its way. */
export function showEvent(frame, { choose, rate }) {
  const mine = frame.cid && waiting.get(frame.cid);
  retireOptions();
  if (mine) {
    waiting.delete(frame.cid);
    mine.remove();
  }
  const row = bubble(frame.from, frame.body, frame.name, frame.kind);
  row.append(meta(frame));
  if (frame.options) offer(row, frame.options, choose);
  if (frame.from === "bot" && frame.kind === "answer") row.append(thumbs(frame.id, rate));
  const [firstPending] = waiting.values();
  if (firstPending) firstPending.before(row);
  else log.append(row);
  if (frame.from !== "visitor") showTyping(null);
  toEnd();
}

export function showTyping(who) {
  clearTimeout(typingUntil);
  typing.hidden = !who;
  byId("typing-text").textContent = who ? say(who === "agent" ? "agent_typing" : "bot_typing") : "";
  if (who) {
    typingUntil = setTimeout(showTyping, 6000, null);
    toEnd();
  }
}

function bubble(from, body, name = null, kind = "text") {
  const who = { visitor: "you", bot: "assistant", agent: "agent", system: "notice" }[from];
  return h(
    "li",
    { class: `said ${from} ${kind}` },
    h("span", { class: name ? "who" : "who unseen", "data-say": name ? null : who }, name ?? say(who)),
    h("p", { class: "body", lang: languageOf(body) }, linked(body)),
  );
}

function meta(frame) {
  const at = new Date(frame.at);
  const time = h("time", { datetime: frame.at });
  const draw = () => {
    const locale = currentLanguage() === "bn" ? "bn-BD" : "en-GB";
    time.textContent = at.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  };
  draw();
  onLanguage(draw);
  return h("span", { class: "state" }, time, frame.from === "visitor" ? " ✓" : "");
}

function offer(row, offered, choose) {
  options = offered.map(({ question }) =>
    h("button", { type: "button", class: "option", lang: languageOf(question), onclick: () => choose(question) }, question),
  );
  row.append(h("div", { class: "options", role: "group", "data-say-label": "choices", "aria-label": say("choices") }, options));
}

function retireOptions() {
  for (const option of options) option.disabled = true;
  options = [];
}

function thumbs(id, rate) {
  const buttons = [1, -1].map((value) =>
    h(
      "button",
      {
        type: "button",
        class: "thumb",
        "data-say-label": value > 0 ? "helped" : "not_helped",
        "aria-label": say(value > 0 ? "helped" : "not_helped"),
        "aria-pressed": "false",
        onclick: ({ currentTarget }) => {
          for (const button of buttons) button.setAttribute("aria-pressed", String(button === currentTarget));
          rate(id, value);
        },
      },
      value > 0 ? "👍" : "👎",
    ),
  );
  return h("div", { class: "thumbs" }, buttons);
}

export const toEnd = () => scroll.scrollTo({ top: scroll.scrollHeight });
