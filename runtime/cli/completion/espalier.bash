# Completion of espalier for bash. In ~/.bashrc:  source <(espalier completion bash)
_espalier() {
  local program=$1 folder=$PWD line=${COMP_LINE:0:COMP_POINT} head candidate
  local -a words found
  # For a shell function that calls npx: use the project's own command.
  if ! type -P "$program" >/dev/null; then
    while [[ -n $folder && ! -x $folder/node_modules/.bin/espalier ]]; do folder=${folder%/*}; done
    program=$folder/node_modules/.bin/espalier
  fi
  # shellcheck disable=SC2162 # read handles backslashes like the shell: an escaped space does not split
  read -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  mapfile -t found < <("$program" complete "${words[@]:1}" 2>/dev/null)
  # Readline replaces only the text after the last of these characters.
  head=${words[-1]}
  head=${head%"${head##*["$COMP_WORDBREAKS"]}"}
  COMPREPLY=()
  for candidate in "${found[@]}"; do
    candidate=${candidate%%$'\t'*}
    [[ $candidate == *[/=] ]] && compopt -o nospace 2>/dev/null
    candidate=${candidate#"$head"}
    [[ $candidate == *' '* ]] && printf -v candidate %q "$candidate"
    COMPREPLY+=("$candidate")
  done
}
complete -F _espalier espalier
