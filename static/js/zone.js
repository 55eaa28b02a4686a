// The reader's hour beside the session's, where their clock shows another one. The session's own always stands first.
(function () {
  "use strict";
  var here = document.currentScript.dataset, language = document.documentElement.lang || "es";
  var hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  var day = { weekday: "long", day: "numeric", month: "long" };
  function told(at, zone, how) {
    return new Intl.DateTimeFormat(language, Object.assign({ timeZone: zone }, how)).format(at);
  }
  document.querySelectorAll("time[data-zone]").forEach(function (el) {
    var at = new Date(el.dateTime), zone = el.dataset.zone, both = Object.assign({}, day, hour);
    try {
      if (isNaN(at) || told(at, zone, both) === told(at, undefined, both)) return;
      var mine = told(at, undefined, hour);
      if (told(at, zone, day) !== told(at, undefined, day)) mine = told(at, undefined, day) + ", " + mine;
    } catch (unknownZone) { return; }
    var note = document.createElement("span");
    note.className = "m-muted";
    note.textContent = " (" + here.yours.replace("#", mine) + ")";
    el.after(note);
  });
})();
