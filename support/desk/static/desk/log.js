// What was said, in order of seq, with what was understood of each of the visitor's messages.
import { byId, h, icon } from "./dom.js";
import { date, fill, page, time, words } from "./page.js";

const list = byId("desk-log");
const said = byId("desk-said");
const scroll = byId("desk-scroll");
const below = byId("desk-new-below");
const FACES = { negative: "sentiment_dissatisfied", neutral: "sentiment_neutral", positive: "sentiment_satisfied" };

const found = new Map(); // seq → the `understood` frame
const pending = new Map(); // cid → the element of a reply that is on its way
let last = 0;
let lastDay = "";
let onSelect = () => {};
let clearTyping;

export const lastSeq = () => last;
export const findings = (seq) => found.get(seq);
export const selectWith = (listener) => (onSelect = listener);

/** The newest of the visitor's messages that articles were found for, or else the newest that was read at all. */
export function newestFinding() {
  const all = [...found.values()].sort((a, b) => b.seq - a.seq);
  return all.find((frame) => frame.candidates?.length) ?? all[0];
}

export function add(event) {
  if (event.seq <= last) return;
  last = event.seq;
  pending.get(event.cid)?.remove();
  pending.delete(event.cid);
  if (event.from === "visitor") visitorTypes(false);
  keepBottom(() => {
    const day = date(event.at);
    if (day !== lastDay) put(h("li", { class: "desk-day" }, h("span", {}, day)));
    lastDay = day;
    put(message(event));
  }, event.from === "visitor");
}

/** At the end, but before what is not said yet. */
function put(element) {
  const [first] = pending.values();
  if (first) first.before(element);
  else list.append(element);
}

function message(event) {
  const meta = h(
    "div",
    { class: "desk-meta" },
    h("span", { class: event.from === "visitor" ? "desk-unseen" : "" }, author(event)),
    h("time", { datetime: event.at }, time(event.at)),
  );
  if (event.from === "visitor") meta.append(h("span", { class: "desk-found-slot" }));
  return h(
    "li",
    { class: `desk-message desk-from-${event.from}`, "data-seq": event.seq },
    h("div", { class: "desk-bubble", dir: "auto", lang: written(event.body) }, event.body),
    event.options?.length
      ? h(
          "ul",
          { class: "desk-options" },
          event.options.map((option) => h("li", {}, option.question)),
        )
      : null,
    meta,
  );
}

/** For who listens: what to pronounce it as. */
const written = (body) => (/[\u0980-\u09ff]/.test(body) ? "bn" : "en");

function author(event) {
  if (event.from === "visitor") return page.head;
  if (event.from === "agent") return event.name ?? words.senders.agent;
  return words.senders[event.from];
}

export function understand(frame) {
  found.set(frame.seq, frame);
  const slot = list.querySelector(`[data-seq="${frame.seq}"] .desk-found-slot`);
  if (!slot) return;
  keepBottom(() => slot.replaceWith(findingChips(frame)));
}

function findingChips(frame) {
  const chips = h("span", { class: "desk-found" });
  if (frame.language) chips.append(h("span", { class: "desk-tag" }, words.languages[frame.language] ?? frame.language));
  if (frame.sentiment) {
    chips.append(
      h(
        "span",
        { class: `desk-tag desk-feels-${frame.sentiment}` },
        icon(FACES[frame.sentiment]),
        words.sentiments[frame.sentiment],
      ),
    );
  }
  if (frame.upset) chips.append(h("span", { class: "desk-tag desk-feels-upset" }, icon("priority_high"), words.upset));
  chips.append(
    h(
      "button",
      {
        type: "button",
        class: "desk-tag desk-tag-button",
        "aria-controls": "desk-details",
        onclick: () => onSelect(frame.seq),
      },
      icon("psychology"),
      words.decisions[frame.decision] ?? words.found,
    ),
  );
  return chips;
}

/** A reply that is not accepted yet. */
export function addPending(cid, body) {
  const element = h(
    "li",
    { class: "desk-message desk-from-agent desk-pending" },
    h("div", { class: "desk-bubble", dir: "auto" }, body),
    h("div", { class: "desk-meta" }, words.sending),
  );
  pending.set(cid, element);
  list.append(element);
  toBottom();
}

export function dropPending(cid) {
  pending.get(cid)?.remove();
  pending.delete(cid);
}

/** Show at the message `seq` that it brought the conversation here, and why, where its own tags do not say so. */
export function markEscalation(seq, reason) {
  const element = list.querySelector(`[data-seq="${seq}"]`);
  if (!element || element.classList.contains("desk-escalated")) return;
  element.classList.add("desk-escalated");
  if (!reason) return;
  keepBottom(() =>
    element
      .querySelector(".desk-meta time")
      .after(h("span", { class: "desk-tag desk-tag-reason" }, icon("flag"), reason)),
  );
}

export function reveal(seq) {
  const element = list.querySelector(`[data-seq="${seq}"]`);
  element?.scrollIntoView({ block: "center" });
  element?.classList.add("desk-flash");
  setTimeout(() => element?.classList.remove("desk-flash"), 1500);
}

/** Typing is told again while it goes on, so it ends by itself. */
export function visitorTypes(on = true) {
  clearTimeout(clearTyping);
  keepBottom(() => (byId("desk-typing").textContent = on ? fill(words.typing, { name: page.head }) : ""));
  if (on) clearTyping = setTimeout(() => visitorTypes(false), 5000);
}

export function ready() {
  said.removeAttribute("aria-busy");
  if (below.hidden) toBottom();
}

const atBottom = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
export const toBottom = () => {
  scroll.scrollTop = scroll.scrollHeight;
  below.hidden = true;
};

/** Who reads the end goes on reading the end; who reads further up is not moved, and told of news. */
function keepBottom(change, news = false) {
  const stay = atBottom() || said.hasAttribute("aria-busy");
  change();
  if (stay) toBottom();
  else if (news) below.hidden = false;
}

below.addEventListener("click", toBottom);
scroll.addEventListener("scroll", () => atBottom() && (below.hidden = true), { passive: true });
new ResizeObserver(() => below.hidden && toBottom()).observe(scroll);
