// The planner. Without this file the page shows the month as a table, and each session has its page to move it.
(function () {
  "use strict";
  var box = document.querySelector("[data-planner]");
  if (!box || !window.FullCalendar) return;
  var title = document.querySelector("[data-title]"), bar = document.querySelector("[data-bar]");
  var said = document.querySelector("[data-said]"), failed = document.querySelector("[data-failed]");
  var pending = null; // the session that arrows are moving, and where it was

  function say(pattern, event) {
    said.textContent = pattern.replace("#1", event.title).replace("#2", calendar.formatDate(event.start, {
      weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hour12: false
    }));
    said.hidden = false;
  }
  function open(event) {
    var at = event.start.toISOString(), to = new URL(event.extendedProps.move, location.href);
    to.searchParams.set("dia", at.slice(0, 10));
    to.searchParams.set("hora", at.slice(11, 16));
    to.searchParams.set("version", event.extendedProps.version);
    location.assign(to);
  }
  function leave() {
    if (!pending) return;
    var event = calendar.getEventById(pending.id); // as it is now: an older one counts from where it was
    if (event) {
      event.setDates(pending.start, pending.end);
      say(box.dataset.left, event);
    }
    pending = null;
  }
  function focus(id) {
    setTimeout(function () { var link = box.querySelector('[data-session="' + id + '"]'); if (link) link.focus(); }, 0);
  }

  box.hidden = false;
  document.querySelectorAll("[data-plain]").forEach(function (el) { el.hidden = true; });
  bar.hidden = document.querySelector("[data-how]").hidden = false;
  var calendar = new FullCalendar.Calendar(box, {
    initialView: matchMedia("(max-width: 48em)").matches ? "listMonth" : "dayGridMonth",
    initialDate: box.dataset.date, locale: box.dataset.language, firstDay: 1,
    timeZone: "UTC", // hours come without a zone: each session's own
    headerToolbar: false, height: "auto", nowIndicator: false, dayMaxEvents: 4, eventDisplay: "block",
    slotDuration: "01:00:00", snapDuration: "00:30:00", allDaySlot: false, // all of the night: some sessions cross it
    views: { timeGridWeek: { dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" } } },
    eventDurationEditable: false, eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    events: { url: box.dataset.events, failure: function () { failed.hidden = false; }, success: function () { failed.hidden = true; } },
    datesSet: function (shown) {
      title.textContent = shown.view.title.charAt(0).toUpperCase() + shown.view.title.slice(1);
      bar.querySelectorAll("[data-view]").forEach(function (button) {
        button.setAttribute("aria-pressed", String(button.dataset.view === shown.view.type));
      });
    },
    eventDidMount: function (info) {
      var link = info.el.matches("a") ? info.el : info.el.querySelector("a");
      if (link && info.event.id) link.dataset.session = info.event.id;
      if (info.event.extendedProps.state) info.el.title = info.event.title + ", " + info.event.extendedProps.state;
    },
    eventDrop: function (info) { open(info.event); },
    eventClick: function (info) {
      if (pending && pending.id === info.event.id) { info.jsEvent.preventDefault(); open(info.event); }
    }
  });
  calendar.render();

  bar.addEventListener("click", function (event) {
    var go = event.target.dataset.go, view = event.target.dataset.view;
    if (go || view) leave();
    if (go) calendar[go](); else if (view) calendar.changeView(view);
  });
  box.addEventListener("keydown", function (event) {
    var link = event.target.closest("[data-session]"), step = null;
    if (!link) return;
    if (event.key === "Escape" && pending) { leave(); focus(link.dataset.session); return; }
    var week = calendar.view.type === "timeGridWeek";
    if (event.key === "ArrowLeft") step = { days: -1 };
    else if (event.key === "ArrowRight") step = { days: 1 };
    else if (event.key === "ArrowUp") step = week ? { minutes: -30 } : { days: -7 };
    else if (event.key === "ArrowDown") step = week ? { minutes: 30 } : { days: 7 };
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    var moved = calendar.getEventById(link.dataset.session);
    if (!moved.extendedProps.move) { say(box.dataset.fixed, moved); return; }
    if (pending && pending.id !== moved.id) leave();
    pending = pending || { id: moved.id, start: moved.start, end: moved.end };
    moved.moveDates(step);
    say(box.dataset.moved, moved);
    if (moved.start < calendar.view.activeStart || moved.start >= calendar.view.activeEnd) calendar.gotoDate(moved.start);
    focus(moved.id);
  });
  // Coming back with the browser's button finds the sessions where they are.
  addEventListener("pageshow", function (event) { if (event.persisted) { pending = null; calendar.refetchEvents(); } });
})();
