"""A stand-in for `influx`, which keeps buckets and authorisations in files and prints what the real one prints.

Its tables are padded with tabs, and the first row is an operator's, whose description has a blank in it.
"""

from __future__ import annotations

from pathlib import Path

FAKE = r"""#!/bin/bash
set -eu
cd "$STATE"
touch buckets auths calls
echo "$*" >> calls
case "$1 $2" in
  "bucket list") cat buckets ;;
  "bucket create") printf '%016d\t%s\t\t%s\n' "$(($(wc -l < buckets) + 1))" "$4" "$6" >> buckets ;;
  "bucket update")
    grep -q "^$4" buckets
    awk -F '\t+' -v id="$4" -v keep="$6" '$1 == id { $0 = $1 "\t" $2 "\t\t" keep } { print }' buckets > new
    mv new buckets ;;
  "auth list") printf '0a\tadmin'"'"'s Token\t\toperator-token==\tadmin\n'; cat auths ;;
  "auth create")
    shift 3
    [ "$1 $2" = "--user admin" ]
    row="$(printf '%016d\t%s\t\ttoken-%s==\tadmin\t\t01\t[%s]' 7 "$4" "$(wc -l < auths)" "${*:5}")"
    echo "$row" >> auths
    echo "$row" ;;
  *) echo "not known: $*" >&2; exit 2 ;;
esac
"""


def installed(folder: Path) -> Path:
    """The program in a folder of its own, for PATH."""
    program = folder / "bin" / "influx"
    program.parent.mkdir()
    program.write_text(FAKE, encoding="utf-8")
    program.chmod(0o755)
    return program.parent
