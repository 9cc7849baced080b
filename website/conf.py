"""Settings of Sphinx, which reads this file by itself; what differs from build to build comes by its command line."""

from __future__ import annotations

project = "Homelab"
author = "The homelab authors"
root_doc = "README"
source_suffix = {".md": "markdown"}
extensions = ["myst_parser", "website.extension"]

# As GitHub reads it, so that a page is the same in both places; only the contents are a directive.
myst_heading_anchors = 6
myst_heading_slug_func = "github"
myst_disable_syntax = ["myst_role", "myst_target", "myst_line_comment", "myst_block_break"]
myst_enable_extensions = ["html_image", "strikethrough", "tasklist"]
smartquotes = False
highlight_language = "text"
nitpicky = True

html_theme = "furo"
html_title = "Homelab"
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_theme_options: dict[str, list[str]] = {"top_of_page_buttons": []}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
