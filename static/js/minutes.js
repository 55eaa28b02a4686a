// The editor of a section: its words and its name for readers, a limit said before anything is sent, a warning before
// work is left. It runs before the editor's own modules, which ask for window.gettext once.
(function () {
  "use strict";
  var words = JSON.parse(document.getElementById("editor-words").textContent), dirty = false, MOST = 400000;
  window.gettext = function (word) { return words[word] || word; };

  function name(editor, area) {
    var box = editor.view.dom, label = area.labels && area.labels[0], told = area.getAttribute("aria-describedby");
    box.setAttribute("role", "textbox");
    box.setAttribute("aria-multiline", "true");
    box.setAttribute("aria-label", area.dataset.label);
    if (told) box.setAttribute("aria-describedby", told);
    // The label stands for the box now: a click on it goes there.
    if (label) label.addEventListener("click", function (click) { click.preventDefault(); editor.commands.focus(); });
    // The buttons come a moment later, with names of the library's own.
    setTimeout(function () {
      document.querySelectorAll(".prose-editor button[title]").forEach(function (button) {
        button.title = window.gettext(button.title);
        button.setAttribute("aria-label", button.title);
      });
    }, 100);
  }
  document.addEventListener("prose-editor:ready", function (event) {
    name(event.detail.editor, event.detail.textarea);
    // Colours and sizes of a pasted text would not be kept, and the policy reports each of them: a page of Word has hundreds.
    event.detail.editor.setOptions({ editorProps: { transformPastedHTML: function (html) { return html.replace(/\sstyle=("[^"]*"|'[^']*')/gi, ""); } } });
    event.detail.editor.on("update", function () { dirty = true; });
  });
  document.addEventListener("input", function (event) { if (event.target.closest("form[data-editor]")) dirty = true; });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-editor")) return;
    if (form.querySelector("textarea").value.length <= MOST) { dirty = false; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    var said = form.querySelector("[data-said]");
    said.textContent = form.dataset.tooLong;
    said.hidden = false;
    said.scrollIntoView({ block: "center" });
  }, true);
  addEventListener("beforeunload", function (event) { if (dirty) event.preventDefault(); });
})();
