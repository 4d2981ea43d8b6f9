// What the page was given: its words, its language, and how that language writes numbers and times.
import { byId } from "./dom.js";

export const page = JSON.parse(byId("desk-page").textContent);
export const words = page.words;

const locale = page.language === "bn" ? "bn-BD" : page.language;
const clock = new Intl.DateTimeFormat(locale, {
  hour: "numeric",
  minute: "2-digit",
  ...(page.language === "bn" && { dayPeriod: "short" }),
});
const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const percentage = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
const plain = new Intl.NumberFormat(locale);
const unit = (name) => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" });
const units = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
].map(([name, seconds]) => [unit(name), seconds]);

/** fill("with {name}", {name: "Rahima"}) */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
export const number = (value) => plain.format(value);
export const percent = (share) => percentage.format(share);
export const site = (key) => page.sites[key] ?? key;
export const severalSites = Object.keys(page.sites).length > 1;

/** What to call a ticket's visitor, who may not have given a name. */
export const visitorOf = (ticket) => ticket.visitor || fill(words.visitor, { number: `#${number(ticket.id)}` });

/** 8:05 PM; in Bengali the part of the day comes first. */
export function time(iso) {
  const parts = clock.formatToParts(new Date(iso));
  if (page.language !== "bn") return parts.map(({ value }) => value).join("");
  const part = (type) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("dayPeriod")} ${part("hour")}:${part("minute")}`;
}

export const date = (iso) => day.format(new Date(iso));

/** How long ago, in the largest unit that is not zero. */
export function ago(iso) {
  const seconds = (Date.now() - new Date(iso)) / 1000;
  const [format, size] = units.find(([, size]) => seconds >= size) ?? [null, 1];
  return format ? format.format(Math.floor(seconds / size)) : words.just_now;
}

/** Every <time data-since> on the page says how long ago, and goes on doing so. */
export function keepTime() {
  const refresh = () => {
    for (const element of document.querySelectorAll("time[data-since]")) element.textContent = ago(element.dateTime);
  };
  setInterval(refresh, 10_000);
}
