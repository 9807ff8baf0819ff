// Given to a page by fragments.py: finds a text directive in the visible text, as the specification says, and counts.
// https://wicg.github.io/scroll-to-text-fragment/#finding-ranges-in-a-document
({ start, end, prefix, suffix, sentence }) => {
  const places = []; // for each character of the text: its node and offset
  let text = ""; // white space collapsed; a line feed where a block ends
  const add = (character, node, offset) => {
    const last = text.at(-1);
    if (/\s/.test(character)) {
      if (last === "\n" || (last === " " && character !== "\n")) return;
      if (last === " ") {
        text = text.slice(0, -1) + "\n";
        return;
      }
      text += character === "\n" ? "\n" : " ";
    } else {
      const lower = character.toLowerCase();
      text += lower.length === character.length ? lower : character;
    }
    places.push([node, offset]);
  };
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.parentElement.checkVisibility({ visibilityProperty: true })) return;
      const keeps = /^pre/.test(getComputedStyle(node.parentElement).whiteSpace);
      for (let i = 0; i < node.data.length; i++) {
        const character = node.data[i];
        if (character !== "\u00ad") add(character === "\n" && !keeps ? " " : character, node, i);
      }
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      if (/^(script|style|noscript|template|textarea|select|iframe|svg|video|audio|object)$/i.test(node.tagName)) return;
      const display = getComputedStyle(node).display;
      if (display === "none") return;
      const block = !/^(inline|contents|ruby)/.test(display) || node.tagName === "BR";
      if (block) add("\n", node, 0);
      for (const child of node.childNodes) walk(child);
      if (block) add("\n", node, node.childNodes.length);
    }
  };
  walk(document.body);
  const flat = text.replaceAll("\n", " ");
  const plain = (words) => words.replace(/\s+/g, " ").toLowerCase();
  const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  const whole = (from, to) =>
    !(isWord(flat[from - 1]) && isWord(flat[from])) && !(isWord(flat[to - 1]) && isWord(flat[to]));
  const next = (words, from) => {
    for (let at = flat.indexOf(words, from); at >= 0; at = flat.indexOf(words, at + 1)) {
      const inOneBlock = !text.slice(at, at + words.length).includes("\n");
      if (inOneBlock && whole(at, at + words.length)) return at;
    }
    return -1;
  };
  const follows = (at) => !suffix || flat.slice(at).trimStart().startsWith(plain(suffix));
  const precedes = (at) => !prefix || flat.slice(0, at).trimEnd().endsWith(plain(prefix));
  const found = [];
  for (let at = next(plain(start), 0); at >= 0; at = next(plain(start), at + 1)) {
    if (!precedes(at)) continue;
    let to = at + start.length;
    if (end) {
      to = next(plain(end), to);
      while (to >= 0 && !follows(to + end.length)) to = next(plain(end), to + 1);
      if (to < 0) continue;
      to += end.length;
    } else if (!follows(to)) continue;
    found.push([at, to]);
  }
  if (found.length !== 1) return { count: found.length };
  const [from, to] = found[0];
  const range = document.createRange();
  range.setStart(...places[from]);
  const [node, offset] = places[to - 1];
  range.setEnd(node, offset + 1);
  window.sought = range;
  const bare = (words) => plain(words).replace(/[^\p{L}\p{N}]/gu, "");
  const marked = flat.slice(from, to);
  const isCell = sentence.includes("|") && bare(sentence).includes(bare(marked)); // of a row of a table one is named
  const rest = sentence.replace(/^\S+\s+/, ""); // the second try is without the first word
  const same = isCell || [bare(sentence), bare(rest)].includes(bare(marked));
  return { count: 1, same, marked };
};
