// What the server put on the page: the site, its words in both languages, its first questions.
export const page = JSON.parse(document.getElementById("cxbot-page").textContent);

let language = page.language;
const listeners = [];

export const currentLanguage = () => language;
export const say = (key) => page.words[language][key];
export const starters = () => page.starters[language] ?? [];

/** Speak `now` ("bn" or "en") from here on. */
export function speak(now) {
  language = now;
  document.documentElement.lang = now;
  for (const listener of listeners) listener();
}

export const onLanguage = (listener) => listeners.push(listener);

/** Numbers in the digits of the interface. */
export const digits = (text) =>
  language === "bn" ? String(text).replace(/\d/g, (digit) => "০১২৩৪৫৬৭৮৯"[digit]) : String(text);
