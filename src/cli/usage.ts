/** commander's sentences about a wrong command line, as ours: what is wrong, with the word that was typed. */

/** The long name of `-o, --out <file>`. */
const flag = String.raw`'(?:-\w, )?(--[\w-]+)[^']*'`

const sentences: readonly (readonly [RegExp, string])[] = [
  [/^unknown option '(.*?)'/s, 'There is no option `$1` here'],
  [/^unknown command '(.*?)'/s, 'There is no command `$1`'],
  [
    new RegExp(`^option ${flag} cannot be used with option ${flag}$`, 's'),
    '$1 and $2 exclude each other: give one of them',
  ],
  [/^missing required argument '(.*)'$/s, '<$1> is missing'],
  [new RegExp(`^required option ${flag} not specified$`, 's'), '$1 is missing'],
  [new RegExp(`^option ${flag} argument missing$`, 's'), '$1 needs a value'],
  [/^too many arguments for '(.*?)'\. Expected (\d+) arguments? but got \d+: (.*)\.$/s, '`$1` takes $2, not: $3'],
  [
    new RegExp(`^option ${flag} argument '(.*?)' is invalid\\. Allowed choices are (.*)\\.$`, 's'),
    '$1 is `$2`. It takes one of $3',
  ],
  [new RegExp(`^option ${flag} argument '(.*?)' is invalid\\. `, 's'), '$1 is `$2`. '],
  [
    /^command-argument value '(.*?)' is invalid for argument '(.*?)'\. Allowed choices are (.*)\.$/s,
    '<$2> is `$1`. It takes one of $3',
  ],
  [/^command-argument value '(.*?)' is invalid for argument '(.*?)'\. /s, '<$2> is `$1`. '],
]

/** @param message of a CommanderError */
export const usageSentence = (message: string): string => {
  const plain = message.replace(/^error: /, '')
  const [from, to] = sentences.find(([pattern]) => pattern.test(plain)) ?? [/^/, '']
  const said = plain
    .replace(from, to)
    .replace(/`([^`]{60})[^`]{20,}`/s, '`$1…`')
    .replace(/\s*\(Did you mean (one of )?(.*?)\?\)$/s, '; did you mean $1`$2`?')
    .replaceAll('\n', ' ')
  return /[.?]$/.test(said) ? said : `${said}.`
}
