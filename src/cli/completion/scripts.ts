/**
 * One state machine in three shells: walk the words typed so far to a place in the command tree, then offer what may stand
 * there. Generated whole, so that a prompt never starts a process.
 */
import type { Node, Value } from './tree.ts'

const posix = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const fish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const places = (nodes: readonly Node[]): string[] => nodes.map((node) => node.place).filter((place) => place !== '')

/** Every option that takes a value, as `/place:--flag`. */
const valued = (nodes: readonly Node[]): { key: string; value: Value }[] =>
  nodes.flatMap((node) =>
    node.options
      .filter((option) => option.value !== 'none')
      .flatMap((option) => option.flags.map((flag) => ({ key: `${node.place}:${flag}`, value: option.value }))),
  )

const bashValue = (value: Value): string => {
  if (value === 'file') return `compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))`
  return typeof value === 'string' ? ':' : `COMPREPLY=($(compgen -W ${posix(value.join(' '))} -- "$current"))`
}

const bashNode = (node: Node): string => {
  const offered = [...node.commands.map(({ name }) => name), ...(Array.isArray(node.argument) ? node.argument : [])]
  const files = node.argument === 'file' ? '; files=yes' : ''
  const flags = node.options.flatMap((option) => option.flags).filter((flag) => flag.startsWith('--'))
  return `    ${posix(node.place)}) offered=${posix(offered.join(' '))}; options=${posix(flags.join(' '))}${files} ;;`
}

const bash = (nodes: readonly Node[]): string => `# bash completion for bulkhead
_bulkhead() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local place='' offered='' options='' files='' index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -- ]] && return
    case "$place/\${COMP_WORDS[index]}" in
      ${places(nodes).map(posix).join(' | ')}) place="$place/\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place:$previous" in
${valued(nodes)
  .map(({ key, value }) => `    ${posix(key)}) ${bashValue(value)}; return ;;`)
  .join('\n')}
    *) ;;
  esac
  case "$place" in
${nodes.map(bashNode).join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$offered" -- "$current"))
    if [[ -n $files ]]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY+=($(compgen -f -- "$current"))
    fi
  fi
}
complete -F _bulkhead bulkhead ./bulkhead
`

const zshValue = (value: Value): string => {
  if (value === 'file') return '_files'
  return typeof value === 'string' ? '_message value' : `compadd -- ${value.map(posix).join(' ')}`
}

// _describe splits at the first colon: names have none, descriptions may.
const zshPairs = (pairs: readonly { name: string; description: string }[]): string =>
  pairs.map(({ name, description }) => posix(`${name}:${description}`)).join(' ')

const zshNode = (node: Node): string => {
  const flags = node.options.flatMap((option) =>
    option.flags.filter((flag) => flag.startsWith('--')).map((name) => ({ name, description: option.description })),
  )
  const rest =
    node.argument === 'none' || node.argument === 'unknown' ? '' : `; _bulkhead_rest() { ${zshValue(node.argument)} }`
  return `    ${posix(node.place)}) offered=(${zshPairs(node.commands)}); flags=(${zshPairs(flags)})${rest} ;;`
}

const zsh = (nodes: readonly Node[]): string => `#compdef bulkhead
# zsh completion for bulkhead
_bulkhead() {
  local place='' index
  local -a offered flags
  _bulkhead_rest() { : }
  for ((index = 2; index < CURRENT; index++)); do
    [[ $words[index] == -- ]] && { _normal; return }
    case "$place/$words[index]" in
      ${places(nodes).map(posix).join(' | ')}) place="$place/$words[index]" ;;
    esac
  done
  case "$place:$words[CURRENT-1]" in
${valued(nodes)
  .map(({ key, value }) => `    ${posix(key)}) ${zshValue(value)}; return ;;`)
  .join('\n')}
    *) ;;
  esac
  case "$place" in
${nodes.map(zshNode).join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe -o option flags
  else
    (( $#offered )) && _describe command offered
    _bulkhead_rest
  fi
}
if [[ $funcstack[1] == _bulkhead ]]; then _bulkhead "$@"; else compdef _bulkhead bulkhead; fi
`

const fishValue = (value: Value): string => {
  if (value === 'file') return ' -r -F'
  if (value === 'none') return ''
  return value === 'unknown' ? ' -x' : ` -x -a ${fish(value.join(' '))}`
}

const fishFlag = (name: string): string => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`)

const fishNode = (node: Node): string[] => {
  const here = `complete -c bulkhead -n ${fish(`__bulkhead_at "${node.place}"`)}`
  return [
    ...node.commands.map(({ name, description }) => `${here} -a ${fish(name)} -d ${fish(description)}`),
    ...node.options.map(
      ({ flags, description, value }) =>
        `${here}${flags.map(fishFlag).join('')} -d ${fish(description)}${fishValue(value)}`,
    ),
    ...(node.argument === 'file' ? [`${here} -F`] : []),
    ...(typeof node.argument === 'string' ? [] : [`${here} -a ${fish(node.argument.join(' '))}`]),
  ]
}

const fishScript = (nodes: readonly Node[]): string => `# fish completion for bulkhead
function __bulkhead_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place/$word"
      case ${places(nodes).map(fish).join(' ')}
        set place "$place/$word"
    end
  end
  test "$place" = "$argv[1]"
end
complete -c bulkhead -f
${nodes.flatMap(fishNode).join('\n')}
`

export const completionScripts = { bash, zsh, fish: fishScript } as const satisfies Record<
  string,
  (nodes: readonly Node[]) => string
>
