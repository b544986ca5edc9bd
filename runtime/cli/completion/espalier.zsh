#compdef espalier
# Completion of espalier for zsh. In ~/.zshrc, below compinit:  source <(espalier completion zsh)
_espalier() {
  local program=${words[1]} folder=$PWD line value
  local -a whole whole_shown begun begun_shown
  # For a shell function that calls npx: use the project's own command.
  if ! whence -p -- "$program" >/dev/null; then
    while [[ -n $folder && ! -x $folder/node_modules/.bin/espalier ]]; do folder=${folder%/*}; done
    program=$folder/node_modules/.bin/espalier
  fi
  for line in "${(@f)$("$program" complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
    value=${line%%$'\t'*}
    [[ -z $value ]] && continue
    value=${value// /\\ } line=${line/$'\t'/  }
    if [[ $value == *[/=] ]]; then
      begun+=("$value") begun_shown+=("$line")
    else
      whole+=("$value") whole_shown+=("$line")
    fi
  done
  (($#begun)) && compadd -Q -S '' -l -d begun_shown -a begun
  (($#whole)) && compadd -Q -l -d whole_shown -a whole
}
compdef _espalier espalier
