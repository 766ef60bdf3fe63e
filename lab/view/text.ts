/** Lines of styled text with a fixed width. Every character here takes one column. Pure. */
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]
export type Span = string | readonly [text: string, style: Style]
export type Line = readonly Span[]

export const textOf = (span: Span): string => (typeof span === 'string' ? span : span[0])
export const widthOf = (line: Line): number => line.reduce((sum, span) => sum + textOf(span).length, 0)

const withText = (span: Span, text: string): Span => (typeof span === 'string' ? text : [text, span[1]])

/** What another program or an attacker wrote must not reach the terminal as a control sequence. */
export const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·')

/** The line in exactly `width` columns: cut with an ellipsis, or filled with spaces. */
export const fit = (line: Line, width: number): Line => {
  const missing = width - widthOf(line)
  if (missing === 0) return line
  if (missing > 0) return [...line, ' '.repeat(missing)]
  const cut: Span[] = []
  let room = width
  for (const span of line) {
    const text = textOf(span)
    if (text.length < room || (text.length === room && span === line.at(-1))) {
      cut.push(span)
      room -= text.length
      continue
    }
    if (room > 0) cut.push(withText(span, `${text.slice(0, room - 1)}…`))
    break
  }
  return cut
}

/** Columns of given widths side by side; a negative width aligns to the right. */
export const columns = (cells: readonly Span[], widths: readonly number[], gap = 2): Line =>
  cells.flatMap((cell, at): Span[] => {
    const width = widths[at] ?? 0
    const text = textOf(cell)
    const size = Math.abs(width)
    const clipped = text.length > size ? `${text.slice(0, Math.max(0, size - 1))}…` : text
    const padded = width < 0 ? clipped.padStart(size) : clipped.padEnd(size)
    return [withText(cell, padded), ...(at === cells.length - 1 ? [] : [' '.repeat(gap)])]
  })

/** Words of a sentence in lines of at most `width` columns. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

export const toAnsi = (line: Line, colour: boolean): string =>
  line
    .map((span) =>
      typeof span === 'string' || !colour ? textOf(span) : styleText(span[1], span[0], { validateStream: false }),
    )
    .join('')
