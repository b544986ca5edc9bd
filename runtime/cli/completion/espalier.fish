# Completion of espalier for fish:  espalier completion fish > ~/.config/fish/completions/espalier.fish
function __espalier_complete
  set -l words (commandline -opc)
  set -l program $words[1]
  set -l folder $PWD
  # For a shell function that calls npx: use the project's own command.
  if not command -q -- $program
    while test -n "$folder"; and not test -x $folder/node_modules/.bin/espalier
      set folder (string replace -r '/[^/]*$' '' -- $folder)
    end
    set program $folder/node_modules/.bin/espalier
  end
  command $program complete $words[2..] (commandline -ct) 2>/dev/null
end
complete -c espalier -f -k -a '(__espalier_complete)'
