// Beside the text of a result, Sphinx shows where it was found, which it fetches: a browser refuses that to files.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// A picture that is made small enough for the page can be seen in its own size.
document.addEventListener("DOMContentLoaded", () => {
  for (const picture of document.querySelectorAll("article img")) {
    if (picture.closest("a")) continue;
    const link = document.createElement("a");
    link.href = picture.getAttribute("src");
    picture.replaceWith(link);
    link.append(picture);
  }
});
