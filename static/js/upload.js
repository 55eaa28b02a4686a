// A file that is too large or of another kind is left out before it travels, by name and with the reason. Without this file
// the server says the same, later.
(function () {
  "use strict";
  var MEGABYTE = 1024 * 1024;
  function is_of(file, kinds) {
    var name = file.name.toLowerCase();
    return !kinds.length || kinds.some(function (kind) {
      return kind.charAt(0) === "." ? name.slice(-kind.length) === kind : kind.slice(-2) === "/*" ? file.type.indexOf(kind.slice(0, -1)) === 0 : file.type === kind;
    });
  }
  document.querySelectorAll("input[type=file][data-max-bytes]").forEach(function (field) {
    var say = field.dataset, hint = document.getElementById(field.id + "_helptext"), told = null;
    var kinds = field.accept.toLowerCase().split(",").map(function (kind) { return kind.trim(); }).filter(Boolean);
    function why(file, place) {
      // A large photograph is drawn again, smaller, before anybody measures it.
      var shrinks = "shrink" in say && /^image\/(jpeg|png|webp)$/.test(file.type) && window.createImageBitmap;
      if (!is_of(file, kinds)) return "wrongKind";
      if (file.size > Number(say.maxBytes) && !shrinks) return "tooLarge";
      return say.maxFiles && place >= Number(say.maxFiles) ? "tooMany" : "";
    }
    function tell(lines) {
      if (!told) {
        told = document.createElement("div");
        told.setAttribute("role", "alert");
        field.parentNode.insertBefore(told, field);
      }
      told.textContent = "";
      lines.forEach(function (line) {
        var row = document.createElement("p");
        row.className = "m-wrong";
        row.textContent = line;
        told.appendChild(row);
      });
    }
    field.addEventListener("change", function (event) {
      var good = [], lines = [], files = Array.prototype.slice.call(field.files);
      files.forEach(function (file) {
        var reason = why(file, good.length);
        if (!reason) { good.push(file); return; }
        var words = say[reason] || file.name + ". " + (hint ? hint.textContent.trim() : "");
        lines.push(words.replace("%(name)s", file.name).replace("%(size)s", Math.ceil(file.size / MEGABYTE)));
      });
      if (event.isTrusted || lines.length) tell(lines);
      if (!lines.length) { field.setCustomValidity(""); return; }
      if (!window.DataTransfer) { field.setCustomValidity(lines[0]); return; }
      var carried = new DataTransfer();
      good.forEach(function (file) { carried.items.add(file); });
      field.files = carried.files;
    });
    // A form that leaves validation to the server still does not send what it would refuse.
    if (field.form) field.form.addEventListener("submit", function (event) {
      if (!field.validity.customError) return;
      event.preventDefault();
      field.reportValidity();
      field.focus();
    }, true);
  });
})();
