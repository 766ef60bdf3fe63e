/** Lines of styled text with a fixed width. Pure. */
import { styleText } from 'node:util'
import { clipped, columnsOf, filled } from '#core/legible.ts'

export type Style = Parameters<typeof styleText>[0]
export type Span = string | readonly [text: string, style: Style]
export type Line = readonly Span[]

export const textOf = (span: Span): string => (typeof span === 'string' ? span : span[0])
export const widthOf = (line: Line): number => line.reduce((sum, span) => sum + columnsOf(textOf(span)), 0)

const withText = (span: Span, text: string): Span => (typeof span === 'string' ? text : [text, span[1]])

/** The line in exactly `width` columns: cut with an ellipsis, or filled with spaces. */
export const fit = (line: Line, width: number): Line => {
  const missing = width - widthOf(line)
  if (missing === 0) return line
  if (missing > 0) return [...line, ' '.repeat(missing)]
  const cut: Span[] = []
  let room = width
  for (const span of line) {
    const text = textOf(span)
    const taken = columnsOf(text)
    if (taken < room || (taken === room && span === line.at(-1))) {
      cut.push(span)
      room -= taken
      continue
    }
    if (room > 0) cut.push(withText(span, filled(clipped(`${text}${' '.repeat(room)}`, room), room)))
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
    return [
      withText(cell, filled(clipped(text, size), size, width < 0)),
      ...(at === cells.length - 1 ? [] : [' '.repeat(gap)]),
    ]
  })

/** Words of a sentence in lines of at most `width` columns. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > width) {
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
