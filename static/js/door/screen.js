// What the page of the door shows: the list, who is inside, and how things stand with the connection.
(function () {
  "use strict";
  const Door = window.Door = window.Door || {};
  const box = document.querySelector("[data-door]");
  if (!box) return;
  const at = (name) => document.querySelector("[data-" + name + "]");
  const words = {}, ROWS = 40;
  at("words").content.querySelectorAll("dt").forEach((term) => { words[term.textContent] = term.nextElementSibling.textContent; });

  function say(name, first, second) {
    return words[name].replace("#1", first === undefined ? "" : first).replace("#2", second === undefined ? "" : second);
  }
  function many(name, count) {
    return count === 1 && words[name + "_1"] ? words[name + "_1"] : count === 0 && words[name + "_0"] ? words[name + "_0"] : say(name, count);
  }
  function el(tag, about, ...inside) {
    const made = document.createElement(tag);
    Object.entries(about || {}).forEach(([name, value]) => made.setAttribute(name, value));
    made.append(...inside);
    return made;
  }
  const sprite = document.querySelector("[data-ok]").getAttribute("href").split("#")[0];
  function icon(name) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    drawing.setAttribute("class", "m-i");
    drawing.setAttribute("aria-hidden", "true");
    use.setAttribute("href", sprite + "#" + name);
    drawing.append(use);
    return drawing;
  }
  const folded = new Map();
  function fold(text) {
    if (!folded.has(text)) folded.set(text, text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase());
    return folded.get(text);
  }
  // Every word of what is looked for stands in the text, however it is accented.
  function matches(text, query) {
    const whole = fold(text);
    return fold(query).split(/\s+/).every((word) => whole.includes(word));
  }

  const order = new Intl.Collator(document.documentElement.lang);

  // The list with what waits in the queue written into it: what is true for whoever stands at this door.
  class View {
    constructor(kept, place) {
      Object.assign(this, kept);
      this.list = kept.list && structuredClone(kept.list);
      kept.queue.forEach((row) => Door.write(this.list, row.entry, row.hour, row.entry.client_id));
      this.now = Date.now() + kept.meta.offset;
      this.block = this.list ? this.currentBlock() : null;
      this.place = place;
    }
    currentBlock() {
      const blocks = this.list.blocks, chosen = blocks.find((one) => one.id === this.meta.block);
      if (chosen && Date.parse(chosen.ends_at) > this.now) return chosen.id;
      const on = blocks.find((one) => Date.parse(one.starts_at) <= this.now && this.now < Date.parse(one.ends_at));
      const ahead = blocks.find((one) => Date.parse(one.starts_at) > this.now);
      const found = on || ahead || chosen || blocks[blocks.length - 1];
      return found ? found.id : null;
    }
    // The hour on the wall of the room, whatever this device believes.
    hour(moment) {
      const zone = this.list ? this.list.session.zone : undefined;
      const parts = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(moment);
      return parts.replace(":", "h");
    }
    get clock() { return this.hour(this.now); }
    get everybody() {
      if (this.all) return this.all;
      const here = this.list.walk_ins.filter((one) => one.block === this.block).map((one) => ({
        id: one.client_id, name: one.name, organization: one.organization, slug: one.slug, role: words.walk_in, rank: "",
        mark: one, walkIn: true
      }));
      const named = this.list.people.map((one) => Object.assign({}, one, { mark: one.marks[this.block] || null }));
      this.all = named.concat(here).sort((a, b) => order.compare(a.name, b.name));
      return this.all;
    }
    find(id) { return this.list && this.everybody.find((one) => one.id === id); }
  }
  const came = (one) => !!one.mark && Door.CAME.includes(one.mark.status);
  const isIn = (one) => came(one) && !one.mark.left;

  function light(colour, name, text) {
    return el("span", { class: "m-light is-" + colour }, icon(name), text);
  }
  function standing(one) {
    if (isIn(one)) return light("green", "circle-check", words.inside + (one.mark.at ? " " + one.mark.at : ""));
    if (came(one)) return light("grey", "arrow-right", say("left_at", one.mark.left === true ? "" : one.mark.left));
    if (one.mark && words[one.mark.status]) return light("grey", "circle-dashed", words[one.mark.status]);
    return one.waiting ? light("amber", "clock", words.waiting) : null;
  }
  function from(one, brief) {
    return [one.organization, one.role, brief ? "" : one.rank].filter(Boolean).join(", ");
  }
  function personRow(one) {
    const told = standing(one), row = el("li", { "data-id": one.id });
    row.append(el("button", { class: "m-door-row", type: "button", "data-open": "" }, el("b", {}, one.name), el("small", {}, from(one, true))));
    const act = el("span", { class: "m-door-act" });
    if (told) act.append(told);
    if (!isIn(one) && !one.waiting) {
      act.append(el("button", { class: "btn btn-quiet", type: "button", "data-enter": "", "aria-label": say("enter_who", one.name) }, words.enter));
    }
    row.append(act);
    return row;
  }

  let shownRows = ROWS, drawnAs = "";
  function drawList(view, again) {
    const query = at("search").querySelector("input").value.trim();
    const everybody = view.list ? view.everybody : [];
    const found = query
      ? everybody.filter((one) => matches(one.name + " " + one.organization, query))
      : everybody.filter((one) => !came(one)).concat(everybody.filter(came));
    const rows = found.slice(0, shownRows);
    const as = JSON.stringify([query, found.length, rows.map((one) => [one.id, one.name, one.organization, one.role, one.mark, one.waiting])]);
    if (as === drawnAs && !again) return;
    drawnAs = as;
    const list = at("people"), held = document.activeElement.closest && document.activeElement.closest("[data-people] li");
    const was = held && [held.dataset.id, document.activeElement.matches("[data-open]") ? "[data-open]" : "[data-enter]"];
    list.replaceChildren(...rows.map(personRow));
    if (was) {
      const same = list.querySelector('[data-id="' + was[0] + '"]');
      if (same) (same.querySelector(was[1]) || same.querySelector("button")).focus();
    }
    at("found").textContent = query && view.list ? found.length ? many("found", found.length) : say("found_0", query) : "";
    at("more").hidden = found.length <= shownRows;
    at("more-open").textContent = say("more", found.length - shownRows);
  }
  function drawCount(view) {
    const everybody = view.list ? view.everybody : [], expected = everybody.filter((one) => !one.waiting || came(one));
    const inside = everybody.filter(isIn).length, bar = at("bar");
    at("count").textContent = expected.length ? say("count", inside, expected.length) : view.list ? words.no_list : at("count").dataset.bare;
    bar.hidden = !expected.length;
    bar.max = expected.length || 1;
    bar.value = inside;
    if (view.list) at("session").textContent = view.list.session.title;
  }
  function drawBlocks(view) {
    const blocks = view.list ? view.list.blocks : [], choice = at("blocks").querySelector("select");
    at("blocks").hidden = blocks.length < 2;
    const as = JSON.stringify(blocks);
    if (choice.dataset.as !== as) {
      choice.dataset.as = as;
      choice.replaceChildren(...blocks.map((one) => el("option", { value: one.id }, one.name + " " + view.hour(new Date(one.starts_at)))));
    }
    choice.value = String(view.block);
  }
  function drawState(view, state) {
    const left = view.queue.length, line = at("state"), link = at("state-link");
    let text = say("sent", view.meta.listed ? view.hour(view.meta.listed + view.meta.offset) : ""), as = "is-ok";
    link.hidden = true;
    if (state.trouble === "gone") [text, as] = [many("gone", left), "is-red"];
    else if (state.trouble === "sign_in") {
      [text, as] = [many("sign_in", left), "is-red"];
      link.hidden = false;
      const there = new URL(state.signIn || box.dataset.page, location);
      if (state.signIn) there.searchParams.set("next", box.dataset.page); // back to this page, where the queue is
      link.href = there;
      link.textContent = words.sign_in_link;
    } else if (state.online === false) [text, as] = [view.list ? many("off", left) : words.off_no_list, "is-off"];
    else if (!view.list) text = words.opening;
    else if (view.block === null) [text, as] = [words.no_block, "is-red"];
    else if (left) text = many("pending", left);
    line.className = "m-door-state " + as;
    line.hidden = false;
    line.dataset.left = left;
    if (at("state-text").textContent !== text) at("state-text").textContent = text;
    const wrong = Math.round(Math.abs(view.meta.offset) / 60000);
    at("clock").hidden = wrong < 5 || !view.list;
    at("clock").textContent = say("clock", wrong < 60 ? wrong + " min" : Math.floor(wrong / 60) + " h " + wrong % 60 + " min");
  }
  function needsButton(name, text, row) {
    return el("button", { class: "btn btn-quiet", type: "button", [name]: "" }, text, el("span", { class: "visually-hidden" }, ": " + row.told.name));
  }
  function drawNeeds(view) {
    at("needs").hidden = !view.refused.length;
    at("needs-title").textContent = many("needs", view.refused.length);
    at("needs-list").replaceChildren(...view.refused.map((row) => el("li", { "data-seq": row.seq },
      el("b", {}, row.told.name || words.r_unknown), el("span", { class: "m-muted" }, row.told.organization ? ", " + row.told.organization : ""),
      el("p", { class: "m-small mb-2" }, row.message || words.bad_line),
      el("div", { class: "m-row" },
        row.reason === "closed" || row.reason === "waiting" ? needsButton("data-retry-row", words.retry, row) : "",
        needsButton("data-dismiss-row", words.dismiss, row)))));
  }
  function drawRecent(view) {
    const waits = new Set(view.queue.map((row) => row.entry.client_id));
    at("recent-none").hidden = !!view.recent.length;
    at("recent-list").replaceChildren(...view.recent.map((one) => el("li", { "data-id": one.id },
      el("div", { class: "m-row m-row--between m-row--keep" },
        el("span", {}, el("b", {}, one.told.name), " ", el("span", { class: "m-small m-muted" }, one.told.what + " " + one.hour + (waits.has(one.id) ? ", " + words.to_send : ""))),
        one.entry.kind === "left" ? "" : el("button", { class: "btn btn-sm btn-quiet", type: "button", "data-take-back": "", "aria-label": say("undo_who", one.told.name) }, icon("undo-2"), words.undo)))));
  }
  function draw(view, state) {
    drawCount(view);
    drawBlocks(view);
    drawState(view, state);
    drawNeeds(view);
    drawRecent(view);
    drawList(view);
  }
  function show(rows) { shownRows = rows === "more" ? shownRows + 200 : ROWS; }

  Object.assign(Door, {
    box: box, at: at, say: say, words: words, many: many, el: el, icon: icon, matches: matches, View: View, draw: draw, drawList: drawList,
    show: show, isIn: isIn, came: came, from: from, standing: standing
  });
})();
