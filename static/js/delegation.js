// The page of an invitation. Everything works without this file.
(function () {
  "use strict";
  // Opening the page writes nothing; a person who has it before them for two seconds has seen it.
  var form = document.querySelector("form[data-seen]");
  if (form) setTimeout(function () {
    if (document.visibilityState !== "visible") return;
    fetch(form.dataset.seen, { method: "POST", keepalive: true, body: new URLSearchParams(new FormData(form)) });
  }, 2000);

  // Who will not attend names nobody: without this file the fields are simply left empty.
  var people = document.querySelector("form[data-delegation] [data-people]");
  if (!people) return;
  function follow() {
    var no = document.querySelector("input[name='answer'][value='no']");
    people.hidden = !!(no && no.checked);
  }
  document.querySelectorAll("input[name='answer']").forEach(function (one) { one.addEventListener("change", follow); });
  follow();
})();
