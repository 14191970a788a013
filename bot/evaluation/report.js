"use strict";
(() => {
  const most = 50; // questions that are printed with all they hold
  const cards = [...document.querySelectorAll("details.question")];
  const form = document.getElementById("filters");
  const { outcome, kind, search } = form.elements;
  const count = document.getElementById("count");
  const none = document.getElementById("none");
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
  let texts = null;

  const listed = () => cards.filter((card) => !card.hidden);

  const show = () => {
    const words = fold(search.value).split(" ").filter(Boolean);
    if (words.length) {
      texts ??= cards.map((card) => fold([...card.querySelectorAll(".find")].map((e) => e.textContent).join(" ")));
    }
    let shown = 0;
    cards.forEach((card, index) => {
      const fits =
        (!outcome.value || card.dataset.outcome === outcome.value) &&
        (!kind.value || card.dataset.kind === kind.value) &&
        words.every((word) => texts[index].includes(word));
      card.hidden = !fits;
      shown += fits;
    });
    count.textContent = `${shown} of ${cards.length}`;
    none.hidden = shown > 0;
    for (const link of document.querySelectorAll("a.filter")) {
      const wanted = new URLSearchParams(link.hash.slice(1));
      const on = ["outcome", "kind"].some((name) => wanted.get(name) && wanted.get(name) === form.elements[name].value);
      on ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
  };

  const write = () => {
    const state = new URLSearchParams();
    for (const field of [outcome, kind, search]) if (field.value.trim()) state.set(field.name, field.value.trim());
    history.replaceState(null, "", `#${state}`);
    show();
  };

  const choose = (field, value) => {
    field.value = value ?? "";
    if (field.selectedIndex === -1) field.value = "";
  };

  const read = () => {
    const hash = location.hash.slice(1);
    const card = /^q-\d+$/.test(hash) ? document.getElementById(hash) : null;
    const state = new URLSearchParams(card || !hash.includes("=") ? "" : hash);
    if (card || hash.includes("=") || !hash) {
      choose(outcome, state.get("outcome"));
      choose(kind, state.get("kind"));
      search.value = state.get("search") ?? "";
    }
    show();
    if (card) {
      card.open = true;
      card.scrollIntoView();
    }
  };

  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));
  addEventListener("hashchange", read);
  document.addEventListener("click", (event) => {
    const target = event.target;
    const link = target.closest("a.filter");
    if (link) {
      event.preventDefault();
      const shown = link.hasAttribute("aria-current");
      history.pushState(null, "", shown ? "#questions" : link.hash);
      if (shown) form.reset();
      read();
      document.getElementById("questions").scrollIntoView();
    }
    const whole = target.closest("button.whole");
    if (whole) {
      const passage = whole.closest(".passage");
      whole.setAttribute("aria-expanded", String(passage.classList.toggle("all")));
      whole.textContent = passage.classList.contains("all") ? "Only what is near the quote" : "Whole passage";
    }
  });

  let opened = [];
  addEventListener("beforeprint", () => {
    const shown = listed();
    opened = shown.length <= most ? shown.filter((card) => !card.open) : [];
    for (const card of opened) card.open = true;
  });
  addEventListener("afterprint", () => {
    for (const card of opened) card.open = false;
    opened = [];
  });

  document.documentElement.classList.add("live");
  form.hidden = false;
  read();
})();
