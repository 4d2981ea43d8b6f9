// One conversation, live: the log, the reply, and the ticket that it is here for.
import { byId, h, icon } from "./dom.js";
import { composer } from "./composer.js";
import * as details from "./details.js";
import { connect, explain, trouble } from "./link.js";
import * as log from "./log.js";
import { forget, keep, unsent } from "./outbox.js";
import { ago, fill, keepTime, page, visitorOf, words } from "./page.js";

const TROUBLE_SHOWN = 8000; // ms
const ACK_EVERY = 50; // events; the server stops at some hundreds that were not said to have arrived
const title = document.title;
let ticket = null;
let isAgent = false;
let tickets = [];
let again; // the timer after which what was not taken is sent again
let selected = null; // the seq whose findings are shown; null: the newest

const reply = composer({
  send(body) {
    const { cid } = keep(body);
    log.addPending(cid, body);
    link.send({ type: "send", cid, body });
  },
  claim: () => link.send({ type: "claim", ticket: page.ticket }),
  typing: () => link.send({ type: "typing" }),
});

const link = connect({
  hello: () => ({ ticket: page.ticket, last_seq: log.lastSeq() }),
  listeners: {
    welcome(frame) {
      isAgent = Boolean(frame.agent);
      reply.limit(frame.max_body);
    },
    event: heard,
    replay_end() {
      log.ready();
      if (ticket) markEscalation();
    },
    understood(frame) {
      log.understand(frame);
      showFinding();
    },
    typing: (frame) => frame.who === "visitor" && log.visitorTypes(),
    ticket: showTicket,
    inbox(frame) {
      tickets = frame.tickets ?? [];
      details.showOthers(tickets);
      showNext();
    },
    accepted: (frame) => forget(frame.cid),
    error(frame) {
      if (frame.cid && frame.retry_ms) return sendLater(frame.retry_ms); // the server has no time for it yet: not refused
      if (frame.cid) refused(frame.cid);
      trouble(explain(frame), TROUBLE_SHOWN);
    },
  },
  changed: (live) => live && sendUnsent(),
});

function sendUnsent() {
  for (const { cid, body } of unsent()) link.send({ type: "send", cid, body });
}

function sendLater(ms) {
  clearTimeout(again);
  again = setTimeout(sendUnsent, ms);
}

function heard(event) {
  log.add(event);
  if (event.seq % ACK_EVERY === 0) link.send({ type: "ack", seq: event.seq });
  if (event.from === "visitor" && document.hidden) document.title = `● ${title}`;
}

document.addEventListener("visibilitychange", () => (document.title = title));

function refused(cid) {
  log.dropPending(cid);
  const kept = forget(cid);
  if (kept) reply.restore(kept.body);
}

function showTicket(frame) {
  ticket = frame;
  details.showTicket(ticket);
  reply.show(ticket, isAgent);
  markEscalation();
  showFinding();
  showState();
  showNext();
}

const markEscalation = () =>
  log.markEscalation(ticket.seq, ticket.reason === "upset" ? "" : words.reasons[ticket.reason]);

function showState() {
  const owner = ticket.mine
    ? null
    : ticket.agent && fill(ticket.status === "assigned" ? words.assigned_to : words.with, { name: ticket.agent });
  const parts = [
    h("span", { class: `desk-chip desk-status-${ticket.status}` }, words.statuses[ticket.status]),
    owner && h("span", { class: "desk-bar-owner" }, owner),
    h("time", { class: "desk-bar-owner", datetime: ticket.opened_at, "data-since": "" }, ago(ticket.opened_at)),
  ];
  byId("desk-state").replaceChildren(...parts.filter(Boolean));
  const canResolve = ticket.mine && ticket.status === "claimed";
  byId("desk-actions").replaceChildren(
    ...(canResolve
      ? [
          h(
            "button",
            { type: "button", class: "desk-button", onclick: resolve },
            icon("task_alt"),
            h("span", {}, words.resolve),
          ),
        ]
      : []),
  );
}

function resolve() {
  if (reply.hasDraft() || unsent().length) trouble(words.draft_left, TROUBLE_SHOWN);
  else link.send({ type: "resolve" });
}

function showFinding() {
  const finding = selected === null ? log.newestFinding() : log.findings(selected);
  const writing = ticket?.mine && ticket.status === "claimed" && isAgent;
  details.showFinding(finding, writing ? { text: reply.insert, language: () => ticket.reply_in } : null);
}

log.selectWith((seq) => {
  selected = seq;
  showFinding();
  details.open(true);
});

/** When one is resolved, who comes next. */
function showNext() {
  const place = byId("desk-next");
  if (!place) return;
  const next = ["assigned", "mine", "open"].flatMap((name) =>
    tickets.filter((other) => other.section === name && other.id !== page.ticket),
  )[0];
  place.replaceChildren(
    next
      ? h(
          "a",
          { class: "desk-button desk-button-main", href: `${page.inbox}${next.id}/` },
          fill(words.next, { name: visitorOf(next) }),
        )
      : h("a", { class: "desk-button", href: page.inbox }, words.back),
  );
}

unsent().forEach(({ cid, body }) => log.addPending(cid, body));
keepTime();
