/* Comfort only: the pages work without it. */
(() => {
  "use strict";
  const box = document.getElementById("q");

  // "/" focuses the question box
  addEventListener("keydown", event => {
    const at = event.target;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box || at.matches("input")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // The newest bars are what a narrow window shows of the timeline
  for (const chart of document.querySelectorAll(".timeline .scroll")) chart.scrollLeft = chart.scrollWidth;

  const make = (tag, attributes, text) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text) made.textContent = text;
    return made;
  };

  // Copying in one click
  const addCopyButtons = root => {
    for (const block of root.querySelectorAll("[data-copy]")) {
      const section = block.closest(".style");
      const name = section.querySelector("h2, h3").textContent;
      const button = make("button", {type: "button", class: "copy", "aria-label": "Copy " + name}, "Copy");
      const said = make("span", {role: "status"});
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(block.textContent);
          said.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(block);
          said.textContent = "Selected: press Ctrl+C";
        }
        setTimeout(() => { said.textContent = ""; }, 4000);
      });
      const corner = make("p", {class: "copying"});
      corner.append(said, button);
      block.before(corner);
    }
  };
  addCopyButtons(document);

  // In an article, "Cite" means the passage in the address
  const whole = document.querySelector(".whole a.cite");
  const follow = () => {
    if (whole && /^#p\d+$/.test(location.hash)) whole.href = whole.href.replace(/\d+$/, location.hash.slice(2));
  };
  follow();
  addEventListener("hashchange", follow);

  // "Cite" opens in place, under its result
  let panels = 0;
  for (const link of document.querySelectorAll(".hits a.cite")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", "false");
    let panel = null;
    link.addEventListener("keydown", event => { if (event.key === " ") { event.preventDefault(); link.click(); } });
    link.addEventListener("click", async event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (panel) {
        panel.hidden = !panel.hidden;
        link.setAttribute("aria-expanded", String(!panel.hidden));
        return;
      }
      try {
        const answer = await fetch(link.href);
        const styles = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("styles");
        if (panel) return;
        panel = make("div", {class: "panel", role: "region", "aria-label": "Citations", id: "cite-" + ++panels});
        const own = panels;
        for (const heading of styles.querySelectorAll("h2")) {
          const smaller = make("h3", {id: heading.id + "-" + own}, heading.textContent);
          heading.parentNode.setAttribute("aria-labelledby", smaller.id);
          heading.replaceWith(smaller);
        }
        for (const block of styles.querySelectorAll("[data-copy]")) block.tabIndex = 0;
        panel.append(...styles.children);
        addCopyButtons(panel);
        link.closest(".actions").append(panel);
        link.setAttribute("aria-controls", panel.id);
        link.setAttribute("aria-expanded", "true");
      } catch {
        location = link.href;
      }
    });
  }

  // Suggestions while typing: an ARIA combobox
  if (!box) return;
  const list = make("ul", {class: "suggestions", role: "listbox", id: "suggestions", "aria-label": "Suggestions"});
  list.hidden = true;
  box.form.append(list);
  const set = (name, value) => box.setAttribute("aria-" + name, value);
  box.setAttribute("role", "combobox");
  set("autocomplete", "list");
  set("controls", "suggestions");
  set("expanded", "false");
  let typed = "", waiting = 0, asked = null, at = -1;

  const close = () => {
    clearTimeout(waiting);
    asked?.abort();
    list.hidden = true;
    at = -1;
    set("expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const choose = to => {
    at = to;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    box.value = at < 0 ? typed : list.children[at].textContent;
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else set("activedescendant", list.children[at].id);
  };
  const suggest = async () => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch("/v1/suggest?q=" + encodeURIComponent(typed), {signal: asked.signal});
      if (!answer.ok) return close();
      const [, titles] = await answer.json();
      if (!titles.length || document.activeElement !== box) return close();
      list.replaceChildren(...titles.slice(0, 8).map((title, place) =>
        make("li", {role: "option", id: "suggestion-" + place, "aria-selected": "false", dir: "auto"}, title)));
      list.hidden = false;
      at = -1;
      set("expanded", "true");
    } catch { /* dropped for a newer one, or none */ }
  };
  box.addEventListener("input", () => {
    typed = box.value;
    close();
    if (typed.trim().length > 1) waiting = setTimeout(suggest, 120);
  });
  box.addEventListener("keydown", event => {
    const many = list.children.length;
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); choose(-1); close(); }
    else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose((at + step + 1 + many + 1) % (many + 1) - 1);
    }
  });
  list.addEventListener("pointerdown", event => event.preventDefault());
  list.addEventListener("click", event => {
    const item = event.target.closest("li");
    if (item) { choose([...list.children].indexOf(item)); box.form.requestSubmit(); }
  });
  box.addEventListener("blur", close);
})();
