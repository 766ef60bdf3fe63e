/**
 * Text of others (names, reasons, what was sent) for a person's eyes: nothing of it steers a terminal, ends a line, hides or reorders
 * what stands beside it. And how many columns of a terminal a text takes. Pure.
 */

/**
 * Control and format characters (among them escape sequences and the bidirectional ones: UAX #9), line ends, what is shown as nothing
 * (Default_Ignorable_Code_Point: UAX #44, 5.3; the blank of Braille), and what has no agreed picture: private, unassigned and unpaired
 * characters. A mark without a letter under it would be drawn on the text before, and a pile of them on the lines around.
 */
const illegible =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]|(?<![\p{L}\p{N}\p{P}\p{S}\p{M}])\p{M}|(?<=\p{M}{4})\p{M}/gu

/** Printable ASCII is what nearly every text is made of. */
const ascii = /^[ -~]*$/

/** One line, with what `instead` makes of each character that is not to be seen. */
export const spelled = (text: string, instead: (character: string) => string): string =>
  ascii.test(text) ? text : text.replaceAll(illegible, instead)

/** One line, with a dot for each such character. */
export const legible = (text: string): string => spelled(text, () => '·')

/** The same of a text that has lines and tabs of its own. */
export const legibleLines = (text: string): string => text.replaceAll(/[^\n\t]+/g, legible)

const unit = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`

/** JSON of the same value in which every such character stands as its escape (RFC 8259, 7): `cat` of a log runs and hides nothing. */
export const legibleJson = (json: string): string =>
  json.replaceAll(/[^\n\t -~]+/g, (part) =>
    spelled(part, (character) =>
      Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join(''),
    ),
  )

/** Two columns wide: East_Asian_Width W and F (UAX #11), by the blocks that hold them, and pictures (UTS #51). */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u
const without = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]/u

/** What a paint around a text is made of (ECMA-48, SGR); it takes no room. */
// oxlint-disable-next-line no-control-regex -- exactly these
const painted = /\u001b\[[\d;]*m/g
// oxlint-disable-next-line no-control-regex -- exactly these
const paintOrOne = /\u001b\[[\d;]*m|[^]/gu

const columnsOfOne = (character: string): number => (without.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** Columns that a legible text takes, painted or not. */
export const columnsOf = (text: string): number => {
  if (ascii.test(text)) return text.length
  let columns = 0
  for (const character of text.replaceAll(painted, '')) columns += columnsOfOne(character)
  return columns
}

/** A painted text in pieces of at most `columns` columns each: where a terminal would break it. */
export const broken = (text: string, columns: number): readonly string[] => {
  if (columnsOf(text) <= columns) return [text]
  const pieces: string[] = []
  let piece = ''
  let taken = 0
  for (const [part] of text.matchAll(paintOrOne)) {
    const room = part.length > 2 ? 0 : columnsOfOne(part)
    if (taken + room > columns && taken > 0) {
      pieces.push(piece)
      piece = ''
      taken = 0
    }
    piece += part
    taken += room
  }
  return [...pieces, piece]
}

/** The text in at most `columns` columns, with an ellipsis where it is cut. */
export const clipped = (text: string, columns: number): string => {
  if (columnsOf(text) <= columns) return text
  if (columns <= 1) return '…'
  const [first = ''] = broken(text, columns - 1)
  return `${first}…`
}

/** Filled with spaces to `columns` columns; where it is longer it stays as it is. */
export const filled = (text: string, columns: number, right = false): string => {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)))
  return right ? space + text : text + space
}
