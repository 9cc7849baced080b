// Beside the text of a result, Sphinx shows where it was found, which it fetches: a browser refuses that to files.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
