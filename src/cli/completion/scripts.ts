/**
 * Completion scripts. Each hands the line to `gormes __complete` and shows what comes back; what can
 * be completed is decided there, once for all shells.
 */
export const SCRIPTS: Readonly<Record<string, string>> = {
  // bash cuts words at ":" and "=" too, so the line is read again, and what stands before the last
  // such sign is left out of each reply. Runs in bash 3.2 as well, which macOS has.
  bash: String.raw`# bash completion for gormes
_gormes() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words cur cut reply value
  read -a words <<< "$line"
  case $line in *[[:space:]]) words+=("") ;; esac
  cur=${'$'}{words[${'$'}{#words[@]}-1]}
  cut=${'$'}{cur%"${'$'}{cur##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r reply; do
    if [ "$reply" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do
        COMPREPLY+=("$value")
      done < <(compgen -f -- "${'$'}{cur##*[:=]}")
      return
    fi
    value=${'$'}{reply%%${'$'}'\t'*}
    printf -v value '%q' "${'$'}{value#"$cut"}"
    COMPREPLY+=("$value")
  done < <(command gormes __complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -F _gormes gormes
`,
  zsh: String.raw`#compdef gormes
_gormes() {
  local -a replies described
  local reply value
  replies=("${'$'}{(@f)$(command gormes __complete -- "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ ${'$'}{replies[1]} == ":files" ]]; then
    [[ $PREFIX == -*=* ]] && compset -P '*='
    _files
    return
  fi
  for reply in "${'$'}{replies[@]}"; do
    [[ -n $reply ]] || continue
    value=${'$'}{reply%%${'$'}'\t'*}
    described+=("${'$'}{value//:/\\:}:${'$'}{reply#*${'$'}'\t'}")
  done
  _describe -V gormes described
}
if [[ ${'$'}{funcstack[1]} == _gormes ]]; then _gormes "$@"; else compdef _gormes gormes; fi
`,
  fish: String.raw`# fish completion for gormes
function __gormes_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  test (count $current) -gt 0; or set current ""
  set -l replies (command gormes __complete -- $words[2..] $current 2>/dev/null)
  if test "$replies[1]" = ":files"
    __fish_complete_path $current
  else
    printf '%s\n' $replies
  end
end
complete -c gormes -f -a '(__gormes_complete)'
`,
};
