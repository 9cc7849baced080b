"""The documents as a site: built by Sphinx, opened by a browser, photographed for the README: `python -m website`."""
