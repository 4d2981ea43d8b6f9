// Beside the conversation: why it is here, what the bot found, and the agent's other conversations.
import { byId, h, icon } from "./dom.js";
import { ago, fill, page, percent, site, time, visitorOf, words } from "./page.js";
import * as log from "./log.js";

const root = byId("desk-details");
const toggle = byId("desk-details-toggle");
const parts = { why: h("section"), found: h("section"), others: h("section") };
root.append(...Object.values(parts));

export function showTicket(ticket) {
  parts.why.replaceChildren(
    h("h2", {}, words.why),
    h(
      "p",
      { class: "desk-why" },
      h(
        "button",
        { type: "button", class: "desk-why-reason", onclick: () => log.reveal(ticket.seq) },
        words.reasons[ticket.reason] ?? ticket.reason,
      ),
    ),
    h(
      "dl",
      {},
      pair(words.language, words.languages[ticket.language] ?? ticket.language),
      pair(words.opened, time(ticket.opened_at)),
      pair(words.handled_by, ticket.mine ? words.you : (ticket.agent ?? words.nobody)),
      pair(words.site, site(ticket.site)),
    ),
  );
}

const pair = (term, value) => h("div", {}, h("dt", {}, term), h("dd", {}, value));

/** `finding` is an `understood` frame; `insert` (or null) puts an article's answer into the reply. */
export function showFinding(finding, insert) {
  const candidates = finding?.candidates ?? [];
  const quote = finding && byId("desk-log").querySelector(`[data-seq="${finding.seq}"] .desk-bubble`)?.textContent;
  parts.found.replaceChildren(
    h("h2", {}, words.found),
    quote && h("blockquote", { dir: "auto" }, quote),
    candidates.length
      ? h(
          "ol",
          { class: "desk-candidates" },
          candidates.map((candidate) =>
            h(
              "li",
              {},
              bar(candidate),
              insert &&
                h(
                  "button",
                  { type: "button", class: "desk-link-button", onclick: () => write(candidate.article, insert) },
                  words.use_answer,
                ),
            ),
          ),
        )
      : h("p", { class: "desk-muted" }, finding ? words.found_nothing : words.thinking),
  );
}

function bar(candidate) {
  const share = percent(candidate.confidence);
  return h(
    "div",
    { class: "desk-candidate" },
    h("span", { dir: "auto" }, candidate.question),
    h("meter", {
      min: "0",
      max: "1",
      value: candidate.confidence,
      "aria-label": fill(words.confidence, { percent: share }),
    }),
    h("span", { class: "desk-share", "aria-hidden": "true" }, share),
  );
}

async function write(article, insert) {
  const url = `${page.answers.replace("KEY", encodeURIComponent(article))}?language=${insert.language()}`;
  const response = await fetch(url, { headers: { Accept: "application/json" } });
  if (response.ok) {
    insert.text((await response.json()).body);
    open(false);
  }
}

/** The conversations that this agent has beside this one, those that wait for a word first. */
export function showOthers(tickets) {
  const mine = tickets.filter(
    ({ id, section }) => id !== page.ticket && (section === "mine" || section === "assigned"),
  );
  parts.others.hidden = !mine.length;
  parts.others.replaceChildren(
    h("h2", {}, words.sections.mine),
    h(
      "ul",
      { class: "desk-others" },
      mine.map((ticket) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: `${page.inbox}${ticket.id}/`, class: ticket.unanswered ? "desk-unanswered" : "" },
            h("span", {}, visitorOf(ticket)),
            h("time", { datetime: ticket.since, "data-since": "" }, ago(ticket.since)),
            ticket.unanswered && h("span", { class: "desk-unseen" }, words.unread),
          ),
        ),
      ),
    ),
  );
}

export function open(wanted) {
  root.classList.toggle("desk-open", wanted);
  toggle.setAttribute("aria-expanded", String(wanted));
  if (wanted) root.focus();
}

root.tabIndex = -1;
toggle.addEventListener("click", () => open(toggle.getAttribute("aria-expanded") !== "true"));
addEventListener("keydown", (event) => event.key === "Escape" && open(false));
