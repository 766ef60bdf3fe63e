/**
 * HTML from templates that escape whatever is put into them. Names and texts of a report come from the wire, so from whoever had access
 * to it: nothing of them may become markup, and nothing may hide.
 */
import { spelled } from '#core/legible.ts'

/** Text that is markup already. Made by {@link html} alone. */
export interface Html {
  readonly markup: string
}

export type Part = Html | string | number | undefined | false | readonly Part[]

/** Characters of one text that are shown. */
const longest = 600

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const codePoint = (character: string): string =>
  `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`

/** Characters that are not to be seen, or do harm, shown as what they are. */
const visible = (text: string): string => spelled(text.replaceAll(/[\t\r\n]+/g, ' '), codePoint)

/** The text for an element or a quoted attribute; `lines` keeps its line ends. */
export const escaped = (text: string, { lines = false, most = longest } = {}): string => {
  const clipped = text.length <= most ? text : `${text.slice(0, most)}…`
  const shown = lines ? clipped.split(/\r?\n/).map(visible).join('\n') : visible(clipped)
  return shown.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}

const markupOf = (part: Part): string => {
  if (part === undefined || part === false) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escaped(part)
  return 'markup' in part ? part.markup : part.map(markupOf).join('')
}

/** A piece of the page. Strings are escaped, pieces and lists of pieces go in as they are. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: strings.map((text, at) => text + markupOf(parts[at])).join(''),
})

/** Text with line ends, for `pre`. */
export const preformatted = (text: string): Html => ({ markup: escaped(text, { lines: true, most: 2_000_000 }) })

/** A constant of the program's own: styles and scripts. Never anything that was observed. */
export const own = (markup: string): Html => ({ markup })
