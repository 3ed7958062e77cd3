// Runs before the first paint, so that a dark page never flashes white. See src/theme.ts.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("opstage.theme");
  } catch (error) {
    choice = null;
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
