/**
 * What `work completion <shell>` prints. Each script asks `work complete <words>` for what the last word can become and
 * gets lines of a value, a tab and a description, or the line `:directories`. Nothing that is typed or answered is ever
 * evaluated, and what goes wrong stays silent: a message would land in the line that is being typed.
 */
export const completionScripts = {
  bash: `# Completion of work for bash. In ~/.bashrc:  source <(work completion bash)
_work() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :directories ]]; then
      compopt -o filenames
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$2")
      return
    fi
    printf -v line %q "\${line%%$'\\t'*}"
    COMPREPLY+=("$line")
  done < <(work complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _work work
`,

  zsh: `#compdef work
# Completion of work for zsh. In ~/.zshrc, after compinit:  source <(work completion zsh)
_work() {
  local line value about
  local -a found
  for line in "\${(@f)$(work complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    if [[ $line == :directories ]]; then
      _files -/
      return
    fi
    value=\${line%%$'\\t'*} about=\${line#*$'\\t'}
    found+=("\${value//:/\\\\:}\${about:+:$about}")
  done
  _describe -V work found
}
if [[ $funcstack[1] == _work ]]; then _work; else compdef _work work; fi
`,

  fish: `# Completion of work for fish. In ~/.config/fish/config.fish:  work completion fish | source
function __work_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l lines (work complete $words[2..] "$token" 2>/dev/null)
    if test "$lines[1]" = :directories
        __fish_complete_directories "$token" ''
    else if set -q lines[1]
        printf '%s\\n' $lines
    end
end
complete -c work -e
complete -c work -f -k -a '(__work_complete)'
`,
} as const
